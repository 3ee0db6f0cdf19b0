"""What people of the demo company did and plan: calls, meetings, tasks, notes about deals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from crm.records import registry
from crm.records.copying import give_ids, quick
from crm.records.models import Event
from crm.timeline.models import Activity, ActivityLink, CallOutcome
from crm.timeline.services.activities import LOGGED, TRIED, facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.demo import Demo, Subject

#: Activities per person of the company.
ACTIVITIES_SHARE = 1.0
SUBJECTS: dict[str, tuple[str, ...]] = {
    "call": ("First call", "Call back", "Звонок по предложению", "Уточнить сроки"),
    "meeting": (
        "Demonstration",
        "Visit to the plant",
        "Negotiation",
        "Встреча в офисе",
        "Показ оборудования",
    ),
    "task": (
        "Send the offer",
        "Prepare the contract",
        "Check the drawings",
        "Отправить счёт",
        "Подготовить КП",
    ),
    "note": ("", ""),
}
NOTES = (
    "Wants a lower price for three units.",
    "The budget is approved, the decision comes next month.",
    "Compares us with two others.",
    "Просят рассрочку на полгода.",
    "Решение принимает технический директор.",
)

SETTLE = """
UPDATE {table} r SET next_due_at = l.due, last_touch_at = greatest(r.last_touch_at, l.touched)
FROM (
    SELECT record_id, min(due_at) FILTER (WHERE is_open) AS due, max(touched_at) AS touched
    FROM timeline_activitylink WHERE type_id = %s GROUP BY record_id
) l
WHERE l.record_id = r.id
"""


def make_activities(demo: Demo) -> None:
    """Make activities about the deals, most of them done, some planned, a few late."""
    subjects: list[Subject] = demo.made["subjects"]
    demo.made["outcomes"] = list(CallOutcome.objects.filter(is_active=True).order_by("position", "pk"))
    count = int(demo.people * ACTIVITIES_SHARE) if subjects else 0
    if subjects:
        demo.batches(_activities, range(count))
    _settle()


def _activities(demo: Demo, numbers: Sequence[int]) -> list[Any]:
    subjects = [demo.chance.choice(demo.made["subjects"]) for _number in numbers]
    rows = [_activity(demo, subject) for subject in subjects]
    give_ids(rows)
    links, told = [], []
    for row, subject in zip(rows, subjects, strict=True):
        found = [_link(row, ref) for ref in subject.links]
        row._prefetched_objects_cache = {"links": found}
        links += found
        if row.is_done:
            told.append((_event(row, subject), subject.links))
    demo.records(rows)
    demo.copy(links)
    demo.events(told)
    return []


def _activity(demo: Demo, subject: Subject) -> Any:
    chance = demo.chance
    kind = chance.choices(("call", "meeting", "task", "note"), (45, 15, 25, 15))[0]
    until = subject.until or demo.at
    made = subject.since + (until - subject.since) * chance.random()
    row = quick(
        Activity,
        kind=kind,
        subject=chance.choice(SUBJECTS[kind]),
        body=chance.choice(NOTES) if kind == "note" or chance.random() < 0.4 else "",
        owner_id=subject.owner_id,
        team_id=subject.team_id,
        created_by_id=subject.owner_id,
        about_type_id=subject.ref.type_id,
        about_id=subject.ref.id,
        created_at=made,
        updated_at=made,
        last_touch_at=made,
    )
    is_planned = kind != "note" and subject.until is None and chance.random() < 0.25
    if is_planned:
        row.due_at = demo.at + timedelta(
            days=chance.choice((-9, -3, -1, 0, 0, 1, 2, 5, 9)), hours=chance.randint(1, 6)
        )
        row.ends_at = row.due_at + timedelta(hours=1) if kind == "meeting" else None
    else:
        row.done_at = made
    if kind == "call":
        row.direction = chance.choice(("out", "out", "in"))
        if row.is_done:
            row.outcome = chance.choice(demo.made["outcomes"]) if demo.made["outcomes"] else None
            row.seconds = chance.randint(20, 1500)
    return row


def _link(row: Activity, ref: Any) -> ActivityLink:
    return quick(
        ActivityLink,
        activity_id=row.pk,
        type_id=ref.type_id,
        record_id=ref.id,
        is_open=row.is_open,
        due_at=row.due_at if row.is_open else None,
        touched_at=row.done_at if row.touches else None,
    )


def _event(row: Activity, subject: Subject) -> Event:
    name = TRIED if row.kind == "call" and not row.touches else LOGGED[row.kind]
    return quick(
        Event,
        created_at=row.created_at,
        at=row.done_at or row.created_at,
        name=name,
        type_id=subject.ref.type_id,
        record_id=subject.ref.id,
        actor_id=row.owner_id,
        via="demo",
        data=facts_of(row),
    )


def _settle() -> None:
    """Put next activity and last touch on all records, one statement per type."""
    with connection.cursor() as cursor:
        for one in registry.types():
            if hasattr(one.model, "next_due_at") and one.model is not Activity:
                cursor.execute(SETTLE.format(table=one.model._meta.db_table), [one.id])
