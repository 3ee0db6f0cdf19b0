"""Custom fields of the demo company: made before the records that hold them, indexed after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.records.customfields import indexes, known
from crm.records.models import CustomField

if TYPE_CHECKING:
    from crm.records.demo import Demo


def add_field(demo: Demo, type_id: int, key: str, **values: Any) -> bool:
    """Make a field of the demo; tell whether it did, for a company may have one of this key already."""
    if CustomField.objects.filter(type_id=type_id, key=key).exists():
        return False
    last = known.definitions(type_id).last()
    row = CustomField(type_id=type_id, key=key, position=(last.position if last else 0) + 1, **values)
    demo.copy([row])
    known.changed()
    demo.made.setdefault("custom_fields", []).append(row.pk)
    return True


def make_indexes(demo: Demo) -> None:
    """Make the indexes at once: there is no worker to wait for."""
    for row in CustomField.objects.filter(pk__in=demo.made.get("custom_fields", [])):
        indexes.keep(row)
