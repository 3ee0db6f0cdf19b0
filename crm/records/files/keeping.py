"""Forgetting files: those long in the bin, those never used, and bytes that nothing refers to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from crm.records import registry
from crm.records.models import Attachment, Content, Record
from crm.records.models.attachment import STAGED

CHUNK = 500
#: So long a file waits for the note that it was pasted into.
STAGED_FOR = timedelta(days=1)


def forget(now: datetime, *, bin_before: datetime) -> int:
    """Delete for good what nobody can reach any more; return how many contents went."""
    Attachment.objects.filter(deleted_at__lt=bin_before).delete()
    Attachment.objects.filter(type_id=STAGED, created_at__lt=now - STAGED_FOR).delete()
    for one in registry.types():
        if issubclass(one.model, Record):
            forget_of_gone(one)
    return forget_contents(now - STAGED_FOR)


def forget_of_gone(record_type: Any) -> None:
    """Delete the files of records that are gone for good."""
    there = record_type.model.all_objects.values("pk")
    rows = Attachment.objects.filter(type_id=record_type.id)
    rows.exclude(record_id__in=there).delete()


def forget_contents(before: datetime) -> int:
    """Delete bytes to which no file refers, old enough that nobody is just attaching them."""
    gone = 0
    while True:
        with transaction.atomic():
            rows = list(
                Content.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(created_at__lt=before, **dict.fromkeys(holders(), None))
                .order_by("pk")[:CHUNK]
            )
            Content.objects.filter(pk__in=[one.pk for one in rows]).delete()
            for one in rows:
                transaction.on_commit(lambda one=one: erase(one))  # type: ignore[misc]
        gone += len(rows)
        if len(rows) < CHUNK:
            return gone


def holders() -> list[str]:
    """Return the ways by which rows of any app hold on to bytes: files on records, files of letters."""
    return [relation.name for relation in Content._meta.related_objects]


def erase(content: Content) -> None:
    """Delete the bytes themselves, once the row is gone."""
    if content.thumbnail:
        content.thumbnail.delete(save=False)
    content.file.delete(save=False)
