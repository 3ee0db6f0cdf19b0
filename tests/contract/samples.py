"""The least that makes one record of each declared type; a new type adds its line here."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from crm.records import registry

if TYPE_CHECKING:
    from crm.identity.models import Team, User
    from crm.records.registry import RecordType

#: A word that no page shows by itself.
WORD = "Quillfeather"

ROWS: dict[str, dict[str, Any]] = {
    "people": {"first_name": "Zara", "last_name": WORD},
    "companies": {"name": f"{WORD} Ltd"},
    "products": {"name": f"{WORD} 500", "code": "QF-500", "price": Decimal(10)},
    "leads": {"person_name": f"Zara {WORD}", "email": "zara@quillfeather.example"},
    "deals": {"name": f"{WORD} deal", "amount": Decimal(100)},
    "quotes": {"name": f"{WORD} offer", "lines": [{"name": "Work", "price": 100}]},
    "orders": {"name": f"{WORD} order", "lines": [{"name": "Work", "price": 100}]},
    "invoices": {"name": f"{WORD} invoice", "lines": [{"name": "Work", "price": 100}]},
    "activities": {"kind": "task", "subject": f"{WORD} task"},
}


def make(record_type: RecordType, *, owner: User | None, team: Team | None = None, **more: Any) -> Any:
    """Make the sample record of a type through its service."""
    row = {**ROWS[record_type.slug], "owner": owner, **more}
    if team is not None:
        row["team"] = team
    service = registry.service_for(record_type.model)
    return service.create([row], actor=None, at=timezone.now())[0].record
