"""Who may open, add and remove files: whoever may see, or change, the record they are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.identity.access import access_for
from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.identity.access import Access
    from crm.records.models import Attachment


def record_of(attachment: Attachment, user: Any) -> Any:
    """Return the record of a file if ``user`` may see it, else None."""
    model: Any = registry.by_id(attachment.type_id).model
    return model.objects.visible_to(user).filter(pk=attachment.record_id).first()


def may_open(attachment: Attachment, user: Any) -> bool:
    """Tell whether ``user`` may read a file: they see its record, and the field that holds it."""
    if attachment.is_staged:
        return bool(attachment.record_id == user.pk)
    if not shown([attachment], access_for(user)):
        return False
    record = record_of(attachment, user)
    if record is None:
        return False
    return attachment.deleted_at is None or may_change(attachment, record, user)


def may_change(attachment: Attachment, record: Any, user: Any) -> bool:
    """Tell whether ``user`` may remove a file of ``record``, or bring it back: their own, or the record's."""
    access = access_for(user)
    if attachment.field and access.field_level(type(record), attachment.field):
        return False
    return bool(attachment.uploader_id == access.user_id or access.can(type(record), "change", record))


def may_add(record: Any, user: Any) -> bool:
    return access_for(user).can(type(record), "change", record)


def shown(attachments: Iterable[Attachment], access: Access) -> list[Attachment]:
    """Leave out files of fields that the person may not see."""
    return [
        one
        for one in attachments
        if not one.field or access.field_level(registry.by_id(one.type_id).model, one.field) != "hidden"
    ]
