"""What workers do for people and companies after a change is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.utils.translation import gettext_noop

from contacts import sameness, services
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
