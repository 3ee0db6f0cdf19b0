"""What workers do for people and companies after a change is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings
from django.utils.translation import gettext_noop

from contacts import sameness, services
from contacts.webforms import entries
from crm.records import due, jobs
from crm.records.models import Job, JobState
from crm.records.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.models import DueRow


@shared_task
def compare_changed() -> None:
    """Compare people and companies that changed with all others."""
    sameness.drain()


@due.handler("duplicates")
def nightly_duplicates(row: DueRow) -> None:
    """Compare what a lost message left, and the whole base if it never was."""
    sameness.drain()
    if not Job.objects.filter(kind="duplicates", state=JobState.DONE).exists():
        jobs.start("duplicates", actor=None, title=phrase(gettext_noop("Comparing people and companies")))


@shared_task
def reindex_people(company_ids: Sequence[int]) -> None:
    """Make people be found by the new name of their company."""
    services.reindex_people(company_ids)


@shared_task
def link_past_events(employment_ids: Sequence[int]) -> None:
    """Show on a company's timeline what its new people did since the day they joined."""
    services.link_past_events(employment_ids)


@shared_task
def take_entries() -> None:
    """Make records of the answers to web forms that wait."""
    entries.take_all()


@due.handler("form_entries")
def take_forgotten_entries(row: DueRow) -> None:
    """Take what a lost message left."""
    entries.take_all()


@due.handler(entries.LETTER)
def send_form_confirmation(row: DueRow) -> None:
    """Send the letter by which somebody confirms their answer."""
    entries.send_confirmation(int(row.key), str(settings.BASE_URL).rstrip("/"))
