"""The pipeline of the demo: products, open deals in every stage, and two years of closed ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from contacts.models import Company, Person
from crm.lib.names import sort_key
from crm.records.copying import give_ids, quick
from crm.records.customfields.demo import add_field
from crm.records.demo import Demo, Subject
from crm.records.models import Event
from sales.models import Deal, DealPerson, LostReason, Product, Stage, StageChange, StageKind
from sales.selectors import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Deals per person; a small company has more of them to look at.
DEALS_SHARE = 0.3
SMALL, SMALL_SHARE = 5_000, 0.6
#: Of all deals, so many are still open.
OPEN_SHARE = 0.35
WIN_RATE = 0.55
PRODUCTS = (
    ("Assembly line A1", "AL-1", "Lines", "18500"),
    ("Assembly line A2", "AL-2", "Lines", "42000"),
    ("Packing robot", "PR-10", "Robots", "27500"),
    ("Welding robot", "WR-20", "Robots", "61000"),
    ("Control software", "CS-3", "Software", "4900"),
    ("Analytics module", "AM-1", "Software", "2400"),
    ("Maintenance, a year", "MN-12", "Service", "3600"),
    ("Training, two days", "TR-2", "Service", "1200"),
)


#: The custom field that the demo company has for deals.
DECISION = {
    "kind": "date",
    "label": "Decision date",
    "label_ru": "Дата решения",
    "help": "When the customer said they decide.",
    "help_ru": "Когда клиент обещал решить.",
    "section": "Money",
    "is_sortable": True,
    "on_card": True,
}


def make_sales(demo: Demo) -> None:
    """Make products and deals, with the stages they stood in."""
    demo.made["has_decision"] = add_field(demo, Deal.record_type.id, "decision_date", **DECISION)
    demo.made["products"] = _products(demo)
    demo.made["stages"] = _stages()
    demo.made["reasons"] = list(LostReason.objects.filter(is_active=True, counted=True))
    count = int(demo.people * (SMALL_SHARE if demo.people < SMALL else DEALS_SHARE))
    demo.made["company_names"] = {pk: name for pk, name, *_rest in demo.made["companies"]}
    demo.made["subjects"] = demo.batches(_deals, _numbers(count))


def _products(demo: Demo) -> list[Product]:
    known = {
        one.code: one for one in Product.objects.filter(code__in=[code for _name, code, *_rest in PRODUCTS])
    }
    made = [
        Product(
            name=name,
            sort_name=sort_key(name),
            code=code,
            series=series,
            price=Decimal(price),
            currency="USD",
            created_at=demo.at - timedelta(days=730),
            updated_at=demo.at - timedelta(days=730),
            last_touch_at=demo.at - timedelta(days=730),
        )
        for name, code, series, price in PRODUCTS
        if code not in known
    ]
    if made:
        give_ids(made)
        demo.records(made)
    return [*known.values(), *made]


def _stages() -> dict[str, list[Stage]]:
    book = catalogue()
    pipeline = next(one for one in book.pipelines.values() if one.is_default)
    found: dict[str, list[Stage]] = {kind: [] for kind in StageKind.values}
    for stage in book.of(pipeline.pk):
        found[stage.kind].append(stage)
    return found


def _deals(demo: Demo, numbers: Sequence[int]) -> list[Subject]:
    rows = [_deal(demo, number) for number in numbers]
    give_ids(rows)
    people, stays, closings = [], [], []
    for row in rows:
        found = [quick(DealPerson, deal_id=row.pk, person_id=row.person_id)] if row.person_id else []
        row.people_ids = [row.person_id] if row.person_id else []
        row.lead_ids = []
        people += found
        stays += _stays(row, demo.made["stages"]["open"])
        if not row.is_open:
            closings.append((_closing(row), [Company.record_type.ref(row.company_id)]))
    demo.records(rows)
    demo.copy(people)
    demo.copy(stays)
    demo.events(closings)
    return [subject_of(row) for row in rows if row.is_open or demo.chance.random() < 0.2]


def subject_of(row: Any) -> Subject:
    """Return what activities about this deal need to know of it."""
    links = [Deal.record_type.ref(row.pk), Company.record_type.ref(row.company_id)]
    if row.person_id:
        links.append(Person.record_type.ref(row.person_id))
    return Subject(links[0], tuple(links), row.owner_id, row.team_id, row.created_at, row.closed_at)


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('sales_deal_number_seq') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def _deal(demo: Demo, number: int) -> Any:
    chance = demo.chance
    person_id, company_id, person_name = demo.skewed(demo.made["people"])
    company = _company(demo, company_id)
    product = chance.choice(demo.made["products"])
    owner_id, team_id = demo.skewed(demo.made["owners"])
    amount = (product.price * Decimal(chance.uniform(0.8, 3))).quantize(Decimal("10"))
    name = f"{company.name} · {product.name}"
    row = quick(
        Deal,
        name=name,
        sort_name=sort_key(name),
        number=number,
        company=company,
        person=quick(Person, id=person_id, name=person_name),
        pipeline_id=demo.made["stages"]["open"][0].pipeline_id,
        product=product,
        amount=amount.quantize(Decimal("0.01")),
        currency="USD",
        base_minor=int(amount * 100),
        owner_id=owner_id,
        team_id=team_id,
        created_by_id=owner_id,
        source=chance.choice(demo.made["sources"]),
    )
    _place(demo, row)
    if demo.made.get("has_decision") and row.is_open and row.expected_on and number % 3:
        row.custom = {"decision_date": (row.expected_on - timedelta(days=number % 15)).isoformat()}
    else:
        row.custom = {}
    return row


def _company(demo: Demo, company_id: int) -> Company:
    return quick(Company, id=company_id, name=demo.made["company_names"][company_id])


def _place(demo: Demo, row: Any) -> None:
    """Put a deal into a stage, with the dates that go with it."""
    chance, stages = demo.chance, demo.made["stages"]
    if chance.random() < OPEN_SHARE:
        place = min(int(chance.random() ** 1.5 * len(stages["open"])), len(stages["open"]) - 1)
        row.stage = stages["open"][place]
        opened = demo.moment(120, least_days=1)
        row.expected_on = (demo.at + timedelta(days=chance.randint(-10, 90))).date()
        entered = opened + (demo.at - opened) * (place / (place + 1))
    else:
        row.stage = stages["won" if chance.random() < WIN_RATE else "lost"][0]
        opened = demo.moment(720, least_days=40)
        entered = opened + timedelta(days=chance.randint(5, 38), hours=chance.randrange(8))
        row.closed_at = entered
        row.expected_on = entered.date()
        if row.stage.kind == StageKind.LOST:
            row.lost_reason = chance.choice(demo.made["reasons"])
    row.status, row.is_open = row.stage.kind, row.stage.is_open
    row.probability = row.stage.probability
    row.opened_on = opened.date()
    row.stage_entered_at = entered
    row.board_rank = -entered.timestamp()
    row.created_at = opened
    row.updated_at = row.last_touch_at = entered


def _stays(row: Any, open_stages: Sequence[Stage]) -> list[StageChange]:
    """Return the stays in stages: open ones in order, then where the deal is now."""
    stages = _stages_before(row, open_stages)
    moments = [
        row.created_at + (row.stage_entered_at - row.created_at) * n / max(len(stages), 1)
        for n in range(len(stages))
    ]
    stays = [
        quick(
            StageChange,
            deal_id=row.pk,
            from_stage_id=stages[n - 1].pk if n else None,
            to_stage_id=stage.pk,
            entered_at=moments[n],
            left_at=left,
            seconds=int((left - moments[n]).total_seconds()),
            actor_id=row.owner_id,
            via="demo",
        )
        for n, stage in enumerate(stages)
        for left in [moments[n + 1] if n + 1 < len(stages) else row.stage_entered_at]
    ]
    last = quick(
        StageChange,
        deal_id=row.pk,
        from_stage_id=stages[-1].pk if stages else None,
        to_stage_id=row.stage_id,
        entered_at=row.stage_entered_at,
        actor_id=row.owner_id,
        via="demo",
    )
    return [*stays, last]


def _stages_before(row: Any, open_stages: Sequence[Stage]) -> Sequence[Stage]:
    if row.is_open:
        return [one for one in open_stages if one.position < row.stage.position]
    # How far a lost deal came is told by its number, so that the same seed tells the same.
    return open_stages if row.status == StageKind.WON else open_stages[: 1 + row.number % len(open_stages)]


def _closing(row: Any) -> Event:
    at: datetime = row.closed_at
    return quick(
        Event,
        created_at=at,
        at=at,
        name=f"deal.{row.status}",
        type_id=Deal.record_type.id,
        record_id=row.pk,
        title=row.name[:300],
        actor_id=row.owner_id,
        via="demo",
        data={
            "from": "",
            "to": row.stage.name,
            "to_id": row.stage_id,
            "amount": str(row.amount),
            "currency": "USD",
        },
    )
