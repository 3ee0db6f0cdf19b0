"""What an installation shows before there is anything to show: three ways to begin, and a checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from crm.accounts.models import preference
from crm.accounts.rights import may_manage_users
from crm.identity.models import UNNAMED, Organisation, User
from crm.records import registry
from crm.records.models import Job, JobState

if TYPE_CHECKING:
    from django.utils.functional import Promise

FILLED_KEY = "first_run:filled"
REMEMBER_SECONDS = 600


@dataclass(frozen=True)
class Step:
    """One thing worth doing at the beginning."""

    key: str
    label: str | Promise
    url: str
    done: bool


@dataclass(frozen=True)
class FirstRun:
    """What the page ``accounts/first_run.html`` shows."""

    is_empty: bool
    steps: tuple[Step, ...]
    demo_job: Job | None
    import_url: str

    @property
    def done_count(self) -> int:
        return sum(step.done for step in self.steps)


def first_run(user: Any) -> FirstRun | None:
    """Return what ``user`` should be shown; None when there is nothing left to say.

    Only those who run the installation are asked to set it up.
    """
    if not may_manage_users(user) or preference(user, "first_run_done"):
        return None
    empty = is_empty()
    steps = checklist(user, empty=empty)
    if not empty and all(step.done for step in steps):
        return None
    return FirstRun(
        is_empty=empty, steps=steps, demo_job=demo_job() if empty else None, import_url=address("import")
    )


def is_empty() -> bool:
    """Tell whether nobody has put in any record yet."""
    if cache.get(FILLED_KEY):
        return False
    for record_type in registry.types():
        if record_type.model._default_manager.exists():
            cache.set(FILLED_KEY, True, REMEMBER_SECONDS)
            return False
    return True


def checklist(user: Any, *, empty: bool) -> tuple[Step, ...]:
    """Return the steps by which a company moves in, done or not."""
    named = Organisation.load().name != UNNAMED
    colleagues = User.objects.exclude(pk=user.pk).exists()
    known = bool(user.full_name and user.time_zone)
    return (
        Step("company", _("Say who you are: name, currency, working week"), address("company"), named),
        Step("profile", _("Fill in your own profile"), address("profile"), known),
        Step("colleagues", _("Invite colleagues"), address("invite"), colleagues),
        Step("records", _("Bring your data: import a file"), address("import"), not empty),
    )


PLACES = {
    "company": "admin:identity_organisation_changelist",
    "profile": "accounts:profile",
    "invite": "accounts:invite",
    "import": "ui:import_hub",
}


def address(place: str) -> str:
    """Return where a step leads; home, while that page does not exist."""
    try:
        return reverse(PLACES[place])
    except NoReverseMatch:
        return "/"


def demo_job() -> Job | None:
    """Return the job that is filling the installation with demo data, if one is."""
    return (
        Job.objects.filter(kind="demo", state__in=(JobState.QUEUED, JobState.RUNNING)).order_by("-pk").first()
    )
