"""From a draft to the letter that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.mail import threading
from crm.mail.composing import cleaning, replying, tracking
from crm.mail.sending.building import Address, CannotSend, File, Letter
from crm.mail.sending.plain import plain_of
from crm.records import filling, registry

if TYPE_CHECKING:
    from crm.mail.models import Draft, DraftFile, Outgoing


def letter_of(draft: Draft, *, tracked: Outgoing | None = None) -> Letter:
    """Return the letter that a draft is: filled in, cleaned, threaded, with its files.

    ``tracked`` is the row of the outbox that gets the tokens by which openings and clicks are noticed.

    Raises:
        CannotSend: when it names fields that nobody knows.
    """
    record = record_of(draft)
    html = body_of(draft, record)
    text = plain_of(html)
    is_answer = draft.answers is not None and draft.how != replying.FORWARD
    in_reply_to, references = (
        threading.headers_for_reply(draft.answers) if draft.answers is not None and is_answer else ("", [])
    )
    if tracked is not None:
        html = tracking.tracked(html, draft, tracked)
    return Letter(
        sender=sender_of(draft),
        to=addresses(draft, "to"),
        cc=addresses(draft, "cc"),
        bcc=addresses(draft, "bcc"),
        subject=filling.fill(draft.subject, record, author_of(draft)),
        html=html,
        text=text,
        in_reply_to=in_reply_to,
        references=references,
        files=[file_of(one) for one in draft.files.select_related("content").order_by("pk")],
        is_auto=draft.is_auto,
    )


def body_of(draft: Draft, record: Any) -> str:
    """Return the rich text of a letter: what was written, then what it answers or passes on."""
    wrong = filling.unknown_somewhere(f"{draft.subject} {draft.html}")
    if wrong:
        raise CannotSend(_("Nobody knows the field %(names)s.") % {"names": ", ".join(wrong)})
    html = cleaning.clean(filling.fill_html(draft.html, record, author_of(draft)).text)
    if draft.answers is not None and draft.quotes:
        html += replying.quoted_html(draft.answers, draft.how)
    return html


def author_of(draft: Draft) -> Any:
    assert draft.author is not None
    return draft.author


def record_of(draft: Draft) -> Any:
    """Return the record that a letter is about, if its author still sees it."""
    if draft.ref is None or draft.author is None:
        return None
    model: Any = registry.by_id(draft.ref.type_id).model
    return model.objects.visible_to(draft.author).filter(pk=draft.ref.id).first()


def sender_of(draft: Draft) -> Address:
    """Return who writes: the mailbox by its own name, else by its author's."""
    assert draft.mailbox is not None
    return Address(draft.mailbox.address, draft.mailbox.name or (str(draft.author) if draft.author else ""))


def addresses(draft: Draft, role: str) -> list[Address]:
    """Return the recipients of one kind."""
    return [Address(one["address"], one.get("name", "")) for one in draft.recipients.get(role, ())]


def file_of(one: DraftFile) -> File:
    def read() -> bytes:
        with one.content.file.open("rb") as file:
            return bytes(file.read())

    return File(one.name, one.content.media_type, read)
