"""The demo company is written by COPY; its rows are those that the services would have made."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from contacts.models import Company, ContactPoint, Person
from crm.identity.models import User
from crm.records import demo, jobs, registry
from crm.records.models import Event, EventLink, Job, JobState, Search
from crm.timeline.models import Activity
from sales.models import Deal, Lead

if TYPE_CHECKING:
    from crm.records.models import Record

pytestmark = pytest.mark.django_db

#: What differs between any two records, or depends on when they were made.
OWN = {"id", "number", "created_at", "updated_at", "last_touch_at", "next_due_at", "version", "board_rank"}
#: A company of the demo is given more than the service asks for.
GIVEN: dict[type[Record], tuple[str, ...]] = {
    Company: (
        "name",
        "kind",
        "industry",
        "website",
        "employees",
        "founded_year",
        "email",
        "city",
        "country",
        "source",
    ),
    Person: (
        "first_name",
        "middle_name",
        "last_name",
        "language",
        "email",
        "phone",
        "company",
        "job_title",
        "source",
    ),
    Deal: (
        "name",
        "company",
        "person",
        "product",
        "amount",
        "currency",
        "expected_on",
        "source",
        "opened_on",
    ),
    Lead: (
        "name",
        "person_name",
        "company_name",
        "email",
        "message",
        "product",
        "source",
        "utm_source",
        "utm_medium",
        "utm_campaign",
    ),
}


@pytest.fixture
def company() -> None:
    chance = random.Random(3)
    demo.make(
        demo.Demo(
            people=20, at=timezone.now(), chance=chance, password="not a secret", say=lambda _text: None
        )
    )


def again(record: Any) -> Any:
    """Make the same record by its service."""
    row = {name: getattr(record, name) for name in GIVEN[type(record)]}
    row |= {"owner": record.owner, "team": record.team}
    row |= {f"cf_{key}": value for key, value in record.custom.items()}
    service = registry.service_for(record)
    return service.create([row], actor=record.created_by, at=record.created_at)[0].record


def columns(record: Any) -> dict[str, Any]:
    record.refresh_from_db()
    return {
        one.attname: getattr(record, one.attname)
        for one in record._meta.concrete_fields
        if one.name not in OWN
    }


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("model", [Company, Person, Deal, Lead])
def test_rows_are_those_of_the_service(model: Any) -> None:
    rows = model.objects.filter(owner__is_active=True)
    if model is Deal:
        rows = rows.filter(is_open=True, stage__name="Prospecting")
    if model is Lead:
        rows = rows.filter(status="new")
    record = rows.order_by("pk").first()
    assert record is not None
    record.owner.roles.set([])
    User.objects.filter(pk=record.owner_id).update(is_superuser=True)
    record = model.objects.get(pk=record.pk)

    twin = again(record)

    differing = {name for name, value in columns(record).items() if columns(twin)[name] != value}
    # The clock of first answers runs for what comes in while people work, not for the demo.
    assert differing <= {"stage_entered_at", "merged_into_id", "response_due_at"}
    assert words(record) == words(twin)
    assert links(record, f"{model._meta.model_name}.created") == links(
        twin, f"{model._meta.model_name}.created"
    )


def words(record: Any) -> Any:
    """Return the search row; a deal is also found by its own number."""
    found = Search.objects.get(type_id=record.record_type.id, record_id=record.pk)
    text = found.text.replace(str(getattr(record, "number", "~")), "#")
    return found.title, found.subtitle, text, found.owner_id, found.team_id


def links(record: Any, name: str) -> set[tuple[int, int]]:
    """Return on whose timelines the record's birth stands, itself left out."""
    event = Event.objects.get(type_id=record.record_type.id, record_id=record.pk, name=name)
    found = EventLink.objects.filter(event_id=event.pk).values_list("type_id", "record_id")
    return {pair for pair in found if pair != record.ref}


@pytest.mark.usefixtures("company")
def test_points_and_plans_are_kept_on_the_records() -> None:
    for person in Person.objects.all():
        assert person.email == ContactPoint.objects.get(person=person, kind="email").value
    planned = Activity.objects.filter(done_at=None, due_at__isnull=False).order_by("due_at").first()
    if planned is not None:
        assert planned.about is not None
        deal = Deal.all_objects.get(pk=planned.about.id)
        assert deal.next_due_at == planned.due_at


def test_the_same_seed_makes_the_same_company() -> None:
    def names() -> list[str]:
        demo.make(demo.Demo(people=15, at=timezone.now(), chance=random.Random(5), say=lambda _text: None))
        return list(Person.objects.order_by("pk").values_list("name", flat=True))[-15:]

    assert names() == names()


def test_a_small_company_goes_away_without_a_trace(root: User) -> None:
    call_command("demo", people=30, password="not a secret", verbosity=0)
    job = Job.objects.get(kind="demo")

    undone = jobs.start_undo(job, actor=root, now=True)

    assert (undone.state, undone.result["kept_count"]) == (JobState.DONE, 0)
    for model in (Company, Person, Deal, Lead, Activity):
        assert not model.all_objects.exists()
    assert not Search.objects.exists()
    assert undone.finished_at > job.created_at - timedelta(seconds=1)
