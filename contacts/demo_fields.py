"""The custom fields that the demo company has for people and companies, and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacts.models import Company, Person
from crm.records.customfields.demo import add_field

if TYPE_CHECKING:
    from crm.records.demo import Demo

TIERS = [
    {"key": "gold", "label": "Gold", "label_ru": "Золотой", "color": "hue-4"},
    {"key": "silver", "label": "Silver", "label_ru": "Серебряный", "color": "hue-7"},
    {"key": "bronze", "label": "Bronze", "label_ru": "Бронзовый", "color": "hue-1"},
]
CHANNELS = [
    {"key": "phone", "label": "Phone", "label_ru": "Телефон"},
    {"key": "mail", "label": "E-mail", "label_ru": "Почта"},
    {"key": "messenger", "label": "Messenger", "label_ru": "Мессенджер"},
]
CUSTOMERS = {"match": "all", "rules": [{"field": "kind", "op": "is", "value": "customer"}]}


def make_fields(demo: Demo) -> None:
    """Make both fields, unless the company has such fields already."""
    demo.made["has_tier"] = add_field(
        demo,
        Company.record_type.id,
        "tier",
        kind="choice",
        label="Customer tier",
        label_ru="Уровень клиента",
        help="How much service we promised.",
        help_ru="Сколько сервиса мы обещали.",
        choices=TIERS,
        shown_when=CUSTOMERS,
        is_sortable=True,
        is_searchable=True,
    )
    demo.made["has_channel"] = add_field(
        demo,
        Person.record_type.id,
        "preferred_channel",
        kind="choice",
        label="Preferred channel",
        label_ru="Предпочитаемый канал",
        choices=CHANNELS,
        is_sortable=True,
    )


def tier_of(demo: Demo, number: int, *, is_customer: bool) -> dict[str, Any]:
    """Return the custom values of a company: a few are gold."""
    if not is_customer or not demo.made.get("has_tier") or number % 4 == 3:
        return {}
    return {"tier": TIERS[(number % 7 + 1) // 3]["key"]}


def channel_of(demo: Demo, number: int) -> dict[str, Any]:
    """Return the custom values of a person: not everybody has been asked."""
    if not demo.made.get("has_channel") or number % 5 > 2:
        return {}
    return {"preferred_channel": CHANNELS[number % 5]["key"]}
