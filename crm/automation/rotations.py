"""Whose turn it is: fair under any number of workers, and each choice with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.translation import gettext as _

from crm.automation.catalogue import catalogue
from crm.automation.models import Assignment, Rotation, Rule, Seat
from crm.automation.steps.base import StepRefused
from crm.identity.models import Organisation
from crm.lib.dates import start_of_day
from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from crm.automation.steps.base import Doing
    from crm.identity.models import User
    from crm.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Place:
    """One person of a rotation as they stand now, and why they are passed over."""

    seat: Seat
    open: int
    today: int
    passed: str = ""


def next_of(rotation: Rotation, doing: Doing) -> tuple[User, str]:
    """Return who is next, and why. The rotation is locked, so no two records take the same turn.

    Raises:
        StepRefused: when everybody pauses or is full.
    """
    Rotation.objects.select_for_update().get(pk=rotation.pk)
    places = standing(rotation, type(doing.record), doing.at)
    free = [one for one in places if not one.passed]
    if not free:
        raise StepRefused(
            _("Nobody of “%(name)s” can take it: %(why)s") % {"name": rotation, "why": passed(places)}
        )
    by_load = rotation.by == Rotation.By.LOAD
    chosen = min(free, key=lambda one: (one.open if by_load else 0, one.seat.last_turn, one.seat.pk))
    take_turn(rotation, chosen.seat)
    reason = _("has least open (%(count)d)") % {"count": chosen.open} if by_load else _("next in turn")
    rest = passed(places)
    return chosen.seat.user, f"{reason}; {rest}" if rest else reason


def take_turn(rotation: Rotation, seat: Seat) -> None:
    """Put a person at the end of the line."""
    last = rotation.seats.order_by("-last_turn").values_list("last_turn", flat=True).first() or 0
    Seat.objects.filter(pk=seat.pk).update(last_turn=last + 1)


def keep(rotation: Rotation, user: User, reason: str, doing: Doing) -> None:
    """Keep who was given what, and why."""
    Assignment.objects.create(
        rotation=rotation,
        user=user,
        rule=doing.rule,
        type_id=doing.record.record_type.id,
        record_id=doing.record.pk,
        title=str(doing.record)[:300],
        reason=reason[:500],
        at=doing.at,
    )


def standing(rotation: Rotation, model: Any, at: datetime) -> list[Place]:
    """Return everybody of a rotation with what they have, in the order of their turns."""
    seats = list(Seat.objects.filter(rotation=rotation).select_related("user").order_by("last_turn", "pk"))
    ids = [seat.user_id for seat in seats]
    zone = ZoneInfo(Organisation.load().time_zone)
    today = at.astimezone(zone).date()
    opened = counts(model.objects.filter(catalogue.load(model), owner__in=ids), "owner_id") if ids else {}
    since = start_of_day(today, zone)
    given = counts(Assignment.objects.filter(rotation=rotation, user__in=ids, at__gte=since), "user_id")
    return [
        Place(
            seat,
            opened.get(seat.user_id, 0),
            given.get(seat.user_id, 0),
            why_passed(seat, opened.get(seat.user_id, 0), given.get(seat.user_id, 0), today),
        )
        for seat in seats
    ]


def types_of(rotation: Rotation) -> list[RecordType]:
    """Return what a rotation gives out: by rules that use it, else by what it gave last, else deals."""
    ids = [rule.type_id for rule in Rule.objects.order_by("-is_on", "position", "pk") if uses(rule, rotation)]
    if not ids:
        last = Assignment.objects.filter(rotation=rotation).order_by("-pk").first()
        ids = [last.type_id] if last else []
    known = {one.id: one for one in registry.types()}
    found = [known[pk] for pk in dict.fromkeys(ids) if pk in known]
    usual = [one for one in known.values() if one.slug == "deals"] or list(known.values())
    return found or usual[:1]


def uses(rule: Rule, rotation: Rotation) -> bool:
    """Tell whether a rule assigns by this rotation."""
    given = [step.get("with", {}) for step in rule.steps if step.get("step") == "assign"]
    return any(said(one, "to") == "rotation" and said(one, "rotation") == str(rotation.pk) for one in given)


def said(given: dict[str, Any], name: str) -> str:
    """Return the one value of a step, which are kept as forms send them: in lists."""
    value = given.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value)


def counts(rows: Any, by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(Count("pk")))


def why_passed(seat: Seat, opened: int, given: int, today: date) -> str:
    """Return why somebody gets nothing now; empty when they can take more."""
    name = {"name": seat.user}
    if not seat.user.is_active:
        return _("%(name)s is switched off") % name
    if seat.is_paused or (seat.paused_until is not None and seat.paused_until >= today):
        return _("%(name)s pauses") % name
    if seat.most_open is not None and opened >= seat.most_open:
        return _("%(name)s has %(count)d of %(most)d open") % {
            **name,
            "count": opened,
            "most": seat.most_open,
        }
    if seat.most_a_day is not None and given >= seat.most_a_day:
        return _("%(name)s got %(count)d of %(most)d today") % {
            **name,
            "count": given,
            "most": seat.most_a_day,
        }
    return ""


def passed(places: Sequence[Place]) -> str:
    return ", ".join(one.passed for one in places if one.passed)
