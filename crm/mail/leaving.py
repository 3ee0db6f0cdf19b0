"""Letters on records that go: undo of an import keeps a record that somebody corresponds with.

The letters themselves always stay in their mailbox; only their place on the record goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import ngettext

from crm.mail.models import Message, MessageAddress, MessageLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.models import Record


def hold(model: type[Record], ids: Sequence[int]) -> dict[int, str]:
    """Keep records that letters are on."""
    rows = (
        MessageLink.objects.filter(type_id=model.record_type.id, record_id__in=ids)
        .order_by()
        .values_list("record_id")
        .annotate(count=Count("pk"))
    )
    return {pk: _reason(count) for pk, count in rows}


def _reason(count: int) -> str:
    text = ngettext("%(count)d letter is on it.", "%(count)d letters are on it.", count)
    return text % {"count": count}


def let_go(model: type[Record], ids: Sequence[int]) -> None:
    """Take letters off records that leave the bin for good."""
    type_id = model.record_type.id
    links = MessageLink.objects.filter(type_id=type_id, record_id__in=ids)
    letters = list(links.values_list("message_id", flat=True))
    links.delete()
    MessageAddress.objects.filter(type_id=type_id, record_id__in=ids).update(type_id=None, record_id=None)
    Message.objects.filter(pk__in=letters, links=None).update(is_linked=False)
