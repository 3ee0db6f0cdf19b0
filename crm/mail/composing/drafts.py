"""Drafts: kept while one types, sent once, called back whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.mail.composing import templating
from crm.mail.composing.letters import letter_of
from crm.mail.models import Direction, Draft, DraftFile, Mailbox, Message, Outgoing
from crm.mail.sending import outbox
from crm.mail.sending.building import CannotSend, build
from crm.records.files import rights
from crm.records.models import Attachment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from crm.identity.models import User
    from crm.mail.models import MailTemplate
    from crm.records.registry import Ref


@dataclass(slots=True)
class Given:
    """What the composer holds."""

    mailbox: Mailbox | None
    ref: Ref | None = None
    answers: Message | None = None
    how: str = "new"
    recipients: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    subject: str = ""
    html: str = ""
    template: MailTemplate | None = None
    quotes: bool = True
    tracks_opens: bool = False
    tracks_clicks: bool = False
    leaves: datetime | None = None
    withdraw_on_reply: bool = True
    remind_days: int | None = None
    seen_message_id: int = 0
    #: Files: uploaded just now, or lying on the record.
    files: Sequence[int] = ()


class Newer(Exception):
    """Letters have come since one began to write."""

    def __init__(self, messages: list[Message]) -> None:
        super().__init__()
        self.messages = messages


@transaction.atomic
def save(*, author: User, token: UUID, given: Given, at: datetime) -> Draft:
    """Keep what has been written so far; a draft that is on its way stays as it is."""
    draft = _locked(author, token) or Draft(author=author, token=token, created_at=at)
    if draft.outgoing_id:
        return draft
    ref = given.ref
    draft.mailbox, draft.answers, draft.how = given.mailbox, given.answers, given.how
    draft.type_id, draft.record_id = (ref.type_id, ref.id) if ref else (0, None)
    draft.recipients, draft.subject, draft.html = given.recipients, given.subject[:1000], given.html
    draft.template, draft.quotes = given.template, given.quotes
    draft.tracks_opens, draft.tracks_clicks = given.tracks_opens, given.tracks_clicks
    draft.leaves, draft.withdraw_on_reply = given.leaves, given.withdraw_on_reply
    draft.remind_days, draft.seen_message_id = given.remind_days, given.seen_message_id
    draft.version, draft.updated_at = draft.version + 1, at
    draft.save()
    keep_files(draft, given.files, author)
    return draft


def keep_files(draft: Draft, ids: Sequence[int], author: User) -> None:
    """Hold the bytes of the files that go along, and let go of those that no longer do."""
    known = set(draft.files.values_list("source_id", flat=True))
    draft.files.exclude(source_id__in=ids).delete()
    fresh = [pk for pk in ids if pk not in known]
    if not fresh:
        return
    rows = Attachment.objects.filter(pk__in=fresh, deleted_at=None).select_related("content")
    DraftFile.objects.bulk_create(
        DraftFile(draft=draft, source_id=one.pk, content=one.content, name=one.name)
        for one in rows
        if rights.may_open(one, author)
    )


@transaction.atomic
def send(*, author: User, token: UUID, given: Given, at: datetime, anyway: bool = False) -> Outgoing:
    """Put a letter into the outbox, where it can be called back for a while. Asked twice it is sent once.

    Raises:
        CannotSend: with a sentence for the author.
        Newer: when the other side has written meanwhile; the draft is kept.
    """
    draft = save(author=author, token=token, given=given, at=at)
    if draft.outgoing is not None:
        return draft.outgoing
    if draft.mailbox is None:
        raise CannotSend(_("Choose a mailbox to write from."))
    letter = letter_of(draft)
    # Made to be thrown away: what is wrong with it is told now, not when it leaves.
    build(letter, rfc_id="try@localhost", at=at)
    if not anyway and (newer := newer_than_seen(draft)):
        raise Newer(newer)
    until = max(at + outbox.UNDO, draft.leaves) if draft.leaves else at + outbox.UNDO
    outgoing = outbox.hold(draft, letter, at=at, until=until)
    Draft.objects.filter(pk=draft.pk).update(outgoing=outgoing)
    if draft.template is not None:
        templating.count_use(draft.template, at=at)
    return outgoing


def newer_than_seen(draft: Draft) -> list[Message]:
    """Return the letters of the conversation that came after the author began to write."""
    if draft.answers is None:
        return []
    rows = Message.objects.filter(
        thread=draft.answers.thread_id, direction=Direction.IN, pk__gt=draft.seen_message_id
    )
    return list(rows.order_by("pk")[:5])


def latest_of(message: Message | None) -> int:
    """Return the number of the latest letter of a conversation."""
    if message is None:
        return 0
    rows = Message.objects.filter(thread=message.thread_id, direction=Direction.IN)
    return max(message.pk, rows.order_by("-pk").values_list("pk", flat=True).first() or 0)


@transaction.atomic
def call_back(*, author: User, outgoing_id: int, at: datetime) -> Draft | None:
    """Take a letter out of the outbox and make it a draft again; None when it has left."""
    draft = Draft.objects.select_for_update(of=("self",)).filter(outgoing=outgoing_id, author=author).first()
    if draft is None or outbox.stop(outgoing_id) is None:
        return None
    return _free(draft, at)


def _free(draft: Draft, at: datetime) -> Draft:
    draft.outgoing, draft.round, draft.updated_at = None, draft.round + 1, at
    draft.save(update_fields=["outgoing", "round", "updated_at"])
    return draft


def drop(*, author: User, token: UUID) -> None:
    """Throw a draft away."""
    Draft.objects.filter(author=author, token=token, outgoing=None).delete()


def open_drafts(author: User, ref: Ref | None = None) -> Any:
    """Return what ``author`` is writing, the latest first; on one record only, when it is named."""
    rows = Draft.objects.filter(author=author, outgoing=None)
    if ref is not None:
        rows = rows.filter(type_id=ref.type_id, record_id=ref.id)
    return rows.select_related("mailbox").order_by("-updated_at")


def _locked(author: User, token: UUID) -> Draft | None:
    rows = Draft.objects.select_for_update(of=("self",)).select_related("outgoing", "mailbox", "answers")
    return rows.filter(author=author, token=token).first()


def read_recipients(data: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Return recipients as they are kept: addresses in lower case, each once, the first place counts."""
    found: dict[str, list[dict[str, str]]] = {"to": [], "cc": [], "bcc": []}
    taken: set[str] = set()
    for role, several in found.items():
        for one in data.get(role, ()):
            address = str(one.get("address", "")).strip().lower()[:254]
            if address and address not in taken:
                taken.add(address)
                several.append({"address": address, "name": str(one.get("name", "")).strip()[:200]})
    return found
