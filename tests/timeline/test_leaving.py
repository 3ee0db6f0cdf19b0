"""Records that go for good don't leave activities about nothing behind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contacts.services import CompanyService
from crm.records import housekeeping, journal
from crm.records.models import Job
from crm.timeline.models import Activity, ActivityLink
from crm.timeline.services import ActivityService
from sales.models import Deal
from sales.services import DealService
from tests.factories.contacts import made_company
from tests.factories.sales import made_deal, stage
from tests.factories.timeline import NOON, call, planned, todo

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def import_job() -> Job:
    return Job.objects.create(kind="import", title="Import", state="done", started_at=NOON, finished_at=NOON)


def imported(job: Job, name: str) -> Deal:
    row = {"name": name, "stage": stage("Prospecting"), "amount": 100}
    return DealService().create([row], actor=None, at=NOON, via="import", job=job)[0].record


def test_an_imported_deal_with_which_somebody_spoke_stays_and_says_why(ann: User, root: User) -> None:
    job = import_job()
    kept, going = imported(job, "Spoken to"), imported(job, "Untouched")
    spoken = call(kept)

    undone = journal.undo(job=job, actor=root, at=NOON)

    assert list(Deal.all_objects.filter(pk__in=[kept.pk, going.pk])) == [kept]
    assert [(one.title, one.reason) for one in undone.kept] == [("Spoken to", "1 activity belongs to it.")]
    spoken.refresh_from_db()
    assert spoken.about == kept.ref


def test_activities_of_the_import_go_with_its_deals(root: User) -> None:
    job = import_job()
    deal = imported(job, "With a task")
    planned(deal, job=job)

    undone = journal.undo(job=job, actor=root, at=NOON)

    assert not undone.kept
    assert not Deal.all_objects.filter(pk=deal.pk).exists()
    assert not Activity.all_objects.exists()
    assert not ActivityLink.objects.exists()


def test_what_was_in_the_bin_is_no_reason_to_stay(ann: User, root: User) -> None:
    job = import_job()
    deal = imported(job, "Called by mistake")
    wrong = call(deal)
    ActivityService().delete([wrong], actor=None, at=NOON)

    journal.undo(job=job, actor=root, at=NOON)

    assert not Deal.all_objects.filter(pk=deal.pk).exists()


def test_a_deal_that_leaves_the_bin_for_good_leaves_its_calls_to_the_company(ann: User) -> None:
    company = made_company(owner=ann)
    deal = made_deal(company=company, owner=ann)
    spoken = call(deal, actor=ann)
    DealService().delete([deal], actor=ann, at=NOON)

    housekeeping.empty_bin(before=NOON + timedelta(days=30))

    spoken.refresh_from_db()
    assert spoken.about == company.ref


def test_what_has_no_other_record_goes_with_it(ann: User) -> None:
    company = made_company(owner=ann)
    planned(company, actor=ann)
    tidying = todo(actor=ann)
    CompanyService().delete([company], actor=ann, at=NOON)

    housekeeping.empty_bin(before=NOON + timedelta(days=30))

    assert list(Activity.all_objects.all()) == [tidying]
