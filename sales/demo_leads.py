"""The leads of the demo: what came in over the last weeks by forms, calls and fairs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from contacts.demo_names import FIRST_EN, FIRST_RU, LAST_EN, LAST_RU
from crm.lib.names import sort_key, to_latin
from crm.records.copying import give_ids, quick
from sales.models import LIVE, DropReason, Lead, LeadStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.demo import Demo

#: Leads per person of the company.
SHARE = 0.04
FEWEST = 12
STATUSES = (
    (LeadStatus.NEW, 0.35),
    (LeadStatus.WORKING, 0.3),
    (LeadStatus.LATER, 0.15),
    (LeadStatus.DROPPED, 0.2),
)
CAMPAIGNS = (("google", "cpc", "autumn-lines"), ("newsletter", "email", "robots-2026"), ("", "", ""))
FIRMS = ("Brightwater", "Oak & Iron", "Nordwind", "Сибтара", "Волжский станок", "Лесной двор")
MESSAGES = (
    "What does an assembly line cost, and how soon could it run?",
    "We saw you at the fair. Please call back this week.",
    "Нужен робот для упаковки, до двадцати коробок в минуту.",
    "Do you train our people on site?",
    "Пришлите, пожалуйста, прайс-лист.",
)


def make_leads(demo: Demo) -> None:
    """Make leads of every status but converted ones."""
    demo.made["drop_reasons"] = list(DropReason.objects.filter(is_active=True).order_by("position", "pk"))
    demo.batches(_leads, list(range(max(FEWEST, int(demo.people * SHARE)))))


def _leads(demo: Demo, numbers: Sequence[int]) -> list[Any]:
    rows = [_lead(demo, number) for number in numbers]
    give_ids(rows)
    demo.records(rows)
    return []


def _lead(demo: Demo, number: int) -> Any:
    chance = demo.chance
    owner_id, team_id = demo.skewed(demo.made["owners"])
    made = demo.moment(60)
    person, firm = _name(demo), chance.choice(FIRMS)
    campaign = chance.choice(CAMPAIGNS)
    name = f"{person} · {firm}"
    row = quick(
        Lead,
        name=name,
        sort_name=sort_key(name)[:250],
        person_name=person,
        company_name=firm,
        email=f"{to_latin(person).lower().replace(' ', '.')}.{number + 1}@lead.example".replace("'", ""),
        message=chance.choice(MESSAGES),
        product=chance.choice(demo.made["products"]),
        source=chance.choice(demo.made["sources"]),
        utm_source=campaign[0],
        utm_medium=campaign[1],
        utm_campaign=campaign[2],
        owner_id=owner_id,
        team_id=team_id,
        created_by_id=owner_id,
        created_at=made,
        updated_at=made,
        last_touch_at=made,
        status_since=made,
        assigned_at=made,
        custom={},
    )
    _place(demo, row)
    return row


def _place(demo: Demo, row: Any) -> None:
    """Say how far somebody has come with the lead; what was worked on was answered within a day."""
    chance = demo.chance.random()
    for status, share in STATUSES:
        row.status = status
        if chance < share:
            break
        chance -= share
    row.is_live = row.status in LIVE
    if row.status != LeadStatus.NEW:
        row.responded_at = row.status_since = row.created_at + timedelta(hours=1 + demo.chance.randrange(20))
    if row.status == LeadStatus.DROPPED:
        row.drop_reason = demo.chance.choice(demo.made["drop_reasons"])


def _name(demo: Demo) -> str:
    chance = demo.chance
    if chance.random() < 0.5:
        return f"{chance.choice(FIRST_EN)} {chance.choice(LAST_EN)}"
    return f"{chance.choice(FIRST_RU[False])} {chance.choice(LAST_RU)}"
