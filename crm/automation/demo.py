"""Rules of the demo company: some that are on, one that is off, and people who share new work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from crm.automation import services
from crm.automation.catalogue import catalogue
from crm.automation.models import Rotation, Rule, Seat
from crm.identity.models import Organisation
from crm.records import registry
from crm.records.journal import JournalWriter

if TYPE_CHECKING:
    from crm.identity.models import User
    from crm.records.demo import Demo

#: Which of the ready-made rules the sales manager has taken; the last one is not switched on.
TAKEN = ("sales.won", "sales.late", "sales.handover", "sales.big")


def make_rules(demo: Demo) -> None:
    """Make the rules of the sales manager, and a rotation of her team, in the company's language."""
    is_russian = "ru" in (Organisation.load().language, settings.LANGUAGE_CODE[:2])
    with translation.override("ru" if is_russian else "en"):
        _make_rules(demo)


def _make_rules(demo: Demo) -> None:
    users: dict[str, User] = demo.made["users"]
    if "mia" not in users or "deals" not in {one.slug for one in registry.types()}:
        return
    journal = JournalWriter(demo.job)
    for key in TAKEN:
        example = catalogue.example(key)
        if example is not None and not Rule.objects.filter(name=str(example.name)).exists():
            parts: dict[str, Any] = {"name": str(example.name), "note": str(example.note), **example.build()}
            rule = services.save_rule(rule=None, parts=parts, actor=users["mia"], at=demo.at, via="demo")
            if key != TAKEN[-1]:
                services.switch_rule(rule=rule, on=True, actor=users["mia"], at=demo.at, via="demo")
            journal.created(rule)
    turns, is_new = Rotation.objects.get_or_create(
        name=_("New deals"), defaults={"team": users["mia"].primary_team}
    )
    if is_new:
        journal.created(turns)
    for name in ("ann", "bob") if is_new else ():
        journal.created(Seat.objects.create(rotation=turns, user=users[name], most_a_day=10))
    journal.flush()
