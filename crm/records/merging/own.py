"""What the house itself keeps of every record, and what becomes of it in a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from crm.identity import access
from crm.records import leaving
from crm.records.merging.held import Held, Left, hold, leave
from crm.records.models import RecordRelation

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from crm.records.models import Record
    from crm.records.registry import Ref


def rights_changed(_refs: Sequence[Ref]) -> None:
    """Have everybody's reach read anew: a share moved."""
    access.changed()


def leads_back(end: str) -> Any:
    """Return a rule: a relation between records that become one would lead to itself."""

    def stays(row: Any, ids: Collection[int]) -> bool:
        here, there = ("left", "right") if end == "left" else ("right", "left")
        is_alike = getattr(row, f"{here}_type_id") == getattr(row, f"{there}_type_id")
        return bool(is_alike and getattr(row, f"{there}_id") in ids)

    return stays


def register() -> None:
    """Hand in the kernel's own tables."""
    leaving.register(holder=holds_none, farewell=let_go)
    hold(
        Held("records.attachment", "record_id", type_column="type_id"),
        Held("records.externalid", "record_id", type_column="type_id", label=_("outside ids")),
        Held(
            "identity.share",
            "record_id",
            type_column="type_id",
            label=_("shares"),
            same=("user_id", "team_id"),
            fill=("can_edit",),
            after=rights_changed,
        ),
        Held(
            "records.recordrelation",
            "left_id",
            type_column="left_type_id",
            label=_("relations"),
            same=("kind_id", "right_type_id", "right_id"),
            fill=("note",),
            stays=leads_back("left"),
        ),
        Held(
            "records.recordrelation",
            "right_id",
            type_column="right_type_id",
            label=_("relations"),
            same=("kind_id", "left_type_id", "left_id"),
            fill=("note",),
            stays=leads_back("right"),
        ),
    )
    leave(
        Left("records.event", "record_id", "The audit says what it said; its links are copied."),
        Left("records.eventlink", "record_id", "Copied by the merge itself, with where they came from."),
        Left("records.search", "record_id", "Written anew from the record."),
    )


def let_go(model: type[Record], ids: Sequence[int]) -> None:
    """Take away the relations of records that are gone for good."""
    type_id = model.record_type.id
    RecordRelation.objects.filter(left_type_id=type_id, left_id__in=ids).delete()
    RecordRelation.objects.filter(right_type_id=type_id, right_id__in=ids).delete()


def holds_none(_model: type[Record], _ids: Sequence[int]) -> dict[int, str]:
    """A relation is no reason to keep a record."""
    return {}
