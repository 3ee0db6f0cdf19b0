"""Files on records that undo of an import would take away: somebody works on those, so they stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import ngettext

from crm.records import leaving
from crm.records.models import Attachment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.models import Record


def hold(model: type[Record], ids: Sequence[int]) -> dict[int, str]:
    """Keep records to which somebody attached files."""
    rows = Attachment.objects.filter(type_id=model.record_type.id, record_id__in=ids, deleted_at=None)
    counts = rows.values_list("record_id").annotate(count=Count("pk"))
    return {pk: _reason(count) for pk, count in counts}


def _reason(count: int) -> str:
    text = ngettext("%(count)d file is attached to it.", "%(count)d files are attached to it.", count)
    return text % {"count": count}


def let_go(model: type[Record], ids: Sequence[int]) -> None:
    """The nightly keeping of files throws out what hangs on nothing."""


def register() -> None:
    leaving.register(holder=hold, farewell=let_go)
