"""Attaching files to records, removing them, bringing them back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.lib import queue
from crm.records.events import Happening, emit_many
from crm.records.files import limits, pictures, rights
from crm.records.files.limits import FileRefused
from crm.records.files.names import cleaned
from crm.records.files.sniffing import Kind, sniff
from crm.records.models import Attachment, Content
from crm.records.models.attachment import STAGED
from crm.records.registry import Ref, by_id, service_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.core.files.base import File

    from crm.identity.models import User
    from crm.records.models import Record

FILE_ADDED, FILE_REMOVED, FILE_RESTORED = "file.added", "file.removed", "file.restored"


def attach(
    *,
    record: Record,
    upload: File[Any],
    actor: User | None,
    at: datetime,
    via: str = "page",
    field: str = "",
    activity_id: int | None = None,
    strict: bool = True,
) -> Attachment:
    """Put an uploaded file (anything with ``name``, ``size`` and ``chunks``) on a record.

    ``field`` is the key of the custom field that holds it; the field's own change tells of it, so
    no event is written here, and likewise for a note's (``activity_id``). Without ``strict`` (a letter
    that came in) programs and pretenders are kept too: nobody's browser opens them.

    Raises:
        FileRefused: with a sentence for the person; its ``code`` is "forbidden", "empty", "too_large",
            "no_room", "program" or "pretends".
    """
    if actor is not None and not rights.may_add(record, actor):
        raise FileRefused(_("You may not add files to this record."), code="forbidden")
    name, content = store(upload, at=at, strict=strict)
    with transaction.atomic():
        made = Attachment.objects.create(
            type_id=record.ref.type_id,
            record_id=record.pk,
            content=content,
            name=name,
            activity_id=activity_id,
            field=field,
            uploader=actor,
            created_at=at,
        )
        if not field and activity_id is None:
            tell(FILE_ADDED, [made], record, actor=actor, at=at, via=via)
        service_for(record).reindex([record.pk])
    return made


def stage(*, upload: File[Any], actor: User, at: datetime) -> Attachment:
    """Keep a file of somebody who is still writing the note that it belongs to; for a day.

    Raises:
        FileRefused: as ``attach``.
    """
    name, content = store(upload, at=at)
    return Attachment.objects.create(
        type_id=STAGED, record_id=actor.pk, content=content, name=name, uploader=actor, created_at=at
    )


def staged_by(user: Any, ids: Iterable[Any]) -> list[Attachment]:
    """Return those of ``ids`` that ``user`` has uploaded and not used yet."""
    wanted = [int(one) for one in ids if str(one).isdecimal() and len(str(one)) < 19]
    if not wanted:
        return []
    rows = Attachment.objects.filter(pk__in=wanted, type_id=STAGED, record_id=user.pk)
    return list(rows.select_related("content").order_by("pk"))


@transaction.atomic
def claim(
    attachments: Sequence[Attachment], *, record: Record, activity_id: int | None = None, field: str = ""
) -> None:
    """Put staged files on the record for which they were uploaded; the caller has asked about rights."""
    ids = [one.pk for one in attachments]
    Attachment.objects.filter(pk__in=ids, type_id=STAGED).update(
        type_id=record.ref.type_id, record_id=record.pk, activity_id=activity_id, field=field
    )
    if ids:
        service_for(record).reindex([record.pk])


def remove(attachments: Sequence[Attachment], *, actor: User | None, at: datetime, via: str = "page") -> None:
    """Put files of one record into the bin, from which they return within 30 days.

    Raises:
        FileRefused: with the code "forbidden".
    """
    _move(attachments, actor=actor, at=at, via=via, deleted_at=at)


def restore(
    attachments: Sequence[Attachment], *, actor: User | None, at: datetime, via: str = "page"
) -> None:
    """Take files of one record out of the bin.

    Raises:
        FileRefused: with the code "forbidden".
    """
    _move(attachments, actor=actor, at=at, via=via, deleted_at=None)


@transaction.atomic
def _move(
    attachments: Sequence[Attachment],
    *,
    actor: User | None,
    at: datetime,
    via: str,
    deleted_at: datetime | None,
) -> None:
    ids = [one.pk for one in attachments]
    rows = Attachment.objects.select_for_update(of=("self",)).filter(
        pk__in=ids, deleted_at__isnull=deleted_at is not None
    )
    found = list(rows.select_related("content"))
    if not found:
        return
    if found[0].is_staged:
        Attachment.objects.filter(pk__in=ids, type_id=STAGED, uploader=actor).delete()
        return
    model: Any = by_id(found[0].type_id).model
    record = model.objects.filter(pk=found[0].record_id).first()
    for one in found:
        if record is None or (actor is not None and not rights.may_change(one, record, actor)):
            raise FileRefused(_("You may not change the files of this record."), code="forbidden")
    Attachment.objects.filter(pk__in=[one.pk for one in found]).update(
        deleted_at=deleted_at, deleted_by=actor if deleted_at else None
    )
    tell(FILE_REMOVED if deleted_at else FILE_RESTORED, found, record, actor=actor, at=at, via=via)
    service_for(record).reindex([record.pk])


def follow_activity(activity_ids: Sequence[int], *, deleted_at: datetime | None) -> None:
    """Take the files of notes into the bin with them, or back out of it."""
    rows = Attachment.objects.filter(activity_id__in=activity_ids, deleted_at__isnull=deleted_at is not None)
    refs = {Ref(*pair) for pair in rows.values_list("type_id", "record_id")}
    rows.update(deleted_at=deleted_at)
    for ref in refs:
        service_for(by_id(ref.type_id).model).reindex([ref.id])


def tell(
    event: str,
    attachments: Sequence[Attachment],
    record: Record,
    *,
    actor: User | None,
    at: datetime,
    via: str,
) -> None:
    """Write what happened to files into the timeline of their record."""
    service = service_for(record)
    links = tuple(service.links(record))
    happenings = [
        Happening(event, record.ref, service.title(record), at, facts_of(one), links)
        for one in attachments
        if not one.field
    ]
    emit_many(happenings, actor=actor, via=via)


def facts_of(attachment: Attachment) -> dict[str, Any]:
    return {"file": attachment.pk, "file_name": attachment.name, "file_size": attachment.content.size}


# Keeping the bytes.


def store(upload: File[Any], *, at: datetime, strict: bool = True) -> tuple[str, Content]:
    """Check the bytes and keep them, unless they are kept already; return the clean name with them."""
    name = cleaned(upload.name or "")
    size = int(upload.size or 0)
    limits.check_size(name, size)
    kind = sniff(upload.file or upload)
    if strict:
        limits.check_kind(name, kind)
    digest = hashed(upload)
    return name, _known(digest, at) or _keep(upload, digest, size, kind, at)


def hashed(upload: File[Any]) -> str:
    """Return the SHA-256 of the bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _known(digest: str, at: datetime) -> Content | None:
    """Return the bytes if they are kept already; marked as young, so that no cleaning takes them now."""
    if not Content.objects.filter(sha256=digest).update(created_at=at):
        return None
    return Content.objects.filter(sha256=digest).first()


def _keep(upload: File[Any], digest: str, size: int, kind: Kind, at: datetime) -> Content:
    content = Content(
        sha256=digest,
        size=size,
        media_type=kind.media_type,
        width=kind.width,
        height=kind.height,
        created_at=at,
    )
    content.file.save("new", upload, save=False)
    try:
        with transaction.atomic():
            content.save()
    except IntegrityError:
        # Somebody stored the same bytes in this very moment.
        content.file.delete(save=False)
        return Content.objects.get(sha256=digest)
    limits.count_up(size)
    if pictures.is_quick(content):
        pictures.draw(content)
    else:
        queue.enqueue("crm.records.tasks.draw_thumbnail", content_id=content.pk)
    return content
