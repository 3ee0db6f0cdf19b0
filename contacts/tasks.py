"""What workers do for people and companies after a change is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task

from contacts import services

if TYPE_CHECKING:
    from collections.abc import Sequence


@shared_task
def reindex_people(company_ids: Sequence[int]) -> None:
    """Make people be found by the new name of their company."""
    services.reindex_people(company_ids)


@shared_task
def link_past_events(employment_ids: Sequence[int]) -> None:
    """Show on a company's timeline what its new people did since the day they joined."""
    services.link_past_events(employment_ids)
