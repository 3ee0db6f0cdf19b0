"""Many records in one request, found by our id or by the caller's own: made or changed, row by row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from crm.api.serializers import serializer_for
from crm.records import registry
from crm.records.models import ExternalId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rest_framework.request import Request

    from crm.records.drafts import Draft
    from crm.records.registry import RecordType

MOST_ROWS = 500
MOST_SOURCE, MOST_VALUE = 80, 200


class Refused(Exception):
    """A row was refused, and the caller wants all or nothing."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        super().__init__()


@dataclass
class Row:
    """One row on its way: what the caller named it by, the record found, and what came of it."""

    number: int
    given: dict[str, Any]
    outside_id: str = ""
    record: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)
        self.outcome = "error"

    def as_json(self) -> dict[str, Any]:
        told = {"row": self.number, "outcome": self.outcome, "id": self.record.pk if self.record else None}
        return {**told, "errors": self.errors} if self.errors else told


def write(
    record_type: RecordType,
    given: Any,
    *,
    request: Request,
    at: datetime,
    source: str = "",
    partial: bool = False,
) -> list[Row]:
    """Write rows: with ``id`` or a known ``outside_id`` a change, otherwise a new record.

    Raises:
        ValidationError: when this is no list of rows.
        Refused: when a row is refused and ``partial`` is off; then nothing is written.
    """
    rows = _rows(given, source)
    with transaction.atomic():
        _find(rows, record_type, request, source)
        _read(rows, record_type, request)
        if not partial and any(row.errors for row in rows):
            raise Refused(rows)
        service: Any = registry.service_for(record_type.model)
        door = {"actor": request.user, "at": at, "via": "rest", "partial": True}
        known = [row for row in rows if row.record and not row.errors]
        fresh = [row for row in rows if not row.record and not row.errors]
        if known:
            changed = service.update([row.record for row in known], [row.values for row in known], **door)
            _settle(known, changed)
        if fresh:
            _settle(fresh, service.create([row.values for row in fresh], **door))
        if not partial and any(row.errors for row in rows):
            raise Refused(rows)
        _keep_outside_ids(rows, record_type, source)
    return rows


def _rows(given: Any, source: str) -> list[Row]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValidationError({"rows": [_("A list of objects is expected.")]})
    if not 1 <= len(given) <= MOST_ROWS:
        raise ValidationError({"rows": [_("From 1 to %(most)d rows.") % {"most": MOST_ROWS}]})
    if len(source) > MOST_SOURCE:
        raise ValidationError({"source": [_("At most %(most)d characters.") % {"most": MOST_SOURCE}]})
    rows = [Row(number, dict(one)) for number, one in enumerate(given)]
    seen: set[str] = set()
    for row in rows:
        row.outside_id = _text(row.given.pop("outside_id", ""))
        if row.outside_id and not source:
            row.refuse("outside_id", _("Say with “source” whose id this is."))
        elif len(row.outside_id) > MOST_VALUE:
            row.refuse("outside_id", _("At most %(most)d characters.") % {"most": MOST_VALUE})
        elif row.outside_id and row.outside_id in seen:
            row.refuse("outside_id", _("This id stands in an earlier row too."))
        seen.add(row.outside_id)
    return rows


def _text(value: Any) -> str:
    return str(value).replace("\x00", "").strip() if isinstance(value, str | int) else ""


def _find(rows: Sequence[Row], record_type: RecordType, request: Request, source: str) -> None:
    """Give each row the record that it names; a record that the caller may not see is not there."""
    outside = sorted({row.outside_id for row in rows if row.outside_id and not row.errors})
    _wait_for_others(record_type, source, outside)
    stored = dict(
        ExternalId.objects.filter(source=source, type_id=record_type.id, value__in=outside).values_list(
            "value", "record_id"
        )
    )
    wanted: dict[int, int] = {}
    for row in rows:
        number = row.given.pop("id", None) or stored.get(row.outside_id)
        if number is None or row.errors:
            continue
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
            row.refuse("id", _("A whole number is expected."))
        elif number in wanted:
            row.refuse("id", _("This record stands in row %(row)d too.") % {"row": wanted[number]})
        else:
            wanted[number] = row.number
            row.record = number
    model: Any = record_type.model
    visible = model.objects.visible_to(request.user).in_bulk(list(wanted))
    for row in rows:
        if row.record is None or row.errors:
            continue
        row.record = visible.get(row.record)
        if row.record is None:
            row.refuse("id", _("There is no such record, or you may not see it."))


def _wait_for_others(record_type: RecordType, source: str, outside: Sequence[str]) -> None:
    """Let two programs that bring the same outside ids go one after the other."""
    if not outside:
        return
    names = (f"{record_type.id}:{source}:{one}" for one in outside)
    numbers = sorted(
        int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True) for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) n", [numbers])


def _read(rows: Sequence[Row], record_type: RecordType, request: Request) -> None:
    """Check the values of each row as a single request would."""
    serializer_class = serializer_for(record_type.model)
    for row in rows:
        if row.errors:
            continue
        serializer = serializer_class(
            row.record, data=row.given, partial=row.record is not None, context={"request": request}
        )
        if serializer.is_valid():
            row.values = serializer.validated_data
        for name, messages in serializer.errors.items():
            for message in messages if isinstance(messages, list) else [messages]:
                row.refuse("__all__" if name == "non_field_errors" else name, str(message))


def _settle(rows: Sequence[Row], drafts: Sequence[Draft[Any]]) -> None:
    """Tell each row what came of it; drafts of new records come in the order of the rows."""
    by_id = {draft.record.pk: draft for draft in drafts}
    for place, row in enumerate(rows):
        draft = by_id.get(row.record.pk) if row.record else drafts[place]
        if draft is None:
            row.refuse("id", _("There is no such record, or you may not see it."))
            continue
        row.outcome = draft.outcome
        row.record = draft.record if draft.record.pk else None
        for name, notes in draft.errors.items():
            for note in notes:
                row.refuse(name, note.message)


def _keep_outside_ids(rows: Sequence[Row], record_type: RecordType, source: str) -> None:
    """Remember the callers' ids of new records, and of known ones that had none."""
    ExternalId.objects.bulk_create(
        [
            ExternalId(source=source, value=row.outside_id, type_id=record_type.id, record_id=row.record.pk)
            for row in rows
            if row.outside_id and row.record and not row.errors
        ],
        ignore_conflicts=True,
    )
