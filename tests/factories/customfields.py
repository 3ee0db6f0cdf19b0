"""Custom fields, made as the administration makes them, and values that each kind takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.records.customfields import services
from crm.records.registry import type_of
from tests.factories.contacts import NOON

if TYPE_CHECKING:
    from crm.records.models import CustomField

TIERS = [
    {"key": "gold", "label": "Gold", "label_ru": "Золото", "color": "hue-4"},
    {"key": "silver", "label": "Silver", "label_ru": "Серебро"},
    {"key": "bronze", "label": "Bronze"},
]


def made_field(model: Any, kind: str, *, actor: Any = None, **values: Any) -> CustomField:
    """Make a field of a record type by the service."""
    values.setdefault("key", kind)
    values.setdefault("label", f"Extra {kind}".replace("_", " "))
    if kind in ("choice", "multi_choice"):
        values.setdefault("choices", TIERS)
    if kind == "money":
        values.setdefault("options", {"currency": "EUR"})
    return services.create_field(
        type_id=type_of(model).id, values={"kind": kind, **values}, actor=actor, at=NOON
    )


@dataclass(frozen=True)
class Sample:
    """One value of a kind: as typed in a form, as kept, as a page shows it, as an address asks for it.

    ``other`` is another value, typed. A text in braces is the number of a record of the cast.
    """

    typed: Any
    kept: Any
    shown: str
    asked: str
    other: Any
    in_file: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        return self.in_file or str(self.typed)


SAMPLES: dict[str, Sample] = {
    "text": Sample("Blue Whale", "Blue Whale", "Blue Whale", "whale", "Red"),
    "long_text": Sample("Blue Whale\nswims", "Blue Whale\nswims", "Blue Whale", "whale", "Red"),
    "number": Sample("1234.5", "1234.5", "1,234.5", "1000..2000", "7"),
    "money": Sample("1234.50", "1234.5", "€1,234.50", "1000..2000", "7"),
    "date": Sample("2027-03-04", "2027-03-04", "4 Mar 2027", "2027-01-01..2027-12-31", "2031-01-01"),
    "time": Sample("17:30", "17:30", "17:30", "17:00..18:00", "09:00"),
    "choice": Sample("silver", "silver", "Silver", "silver", "gold", in_file="Серебро"),
    "multi_choice": Sample(
        ["gold", "bronze"], ["gold", "bronze"], "Bronze", "bronze", ["silver"], in_file="Bronze; gold"
    ),
    "yes_no": Sample("yes", True, "Yes", "yes", "no"),
    "user": Sample("{user}", "{user}", "Ann North", "{user}", "{other_user}", in_file="ann"),
    "person": Sample("{person}", "{person}", "Peter Referrer", "{person}", "", in_file="Peter Referrer"),
    "company": Sample("{company}", "{company}", "Supplier Ltd", "{company}", "", in_file="Supplier Ltd"),
    "url": Sample(
        "https://example.com/whale",
        "https://example.com/whale",
        "example.com/whale",
        "whale",
        "https://a.example",
    ),
    "email": Sample(
        "whale@example.com", "whale@example.com", "whale@example.com", "whale", "red@example.com"
    ),
    "phone": Sample("+7 495 123-45-67", "+74951234567", "495", "1234567", "+7 495 765-43-21"),
}
