"""Letters on the pages of records: in the timeline, in the composer's tab, and those still on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.mail import visibility
from crm.mail.composing import drafts
from crm.mail.models import Direction, Message, MessageKind, Outgoing, OutgoingState, Tracked, TrackedKind
from crm.records.registry import by_id
from crm.timeline import additions
from crm.timeline.additions import Card, Tab

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest

    from crm.mail.visibility import Seen
    from crm.records.models import Event
    from crm.records.registry import Ref

#: So much of a letter stands in the timeline; the rest is read in the letter itself.
SHOWN = 6000
KINDS = {
    MessageKind.AUTO_REPLY: gettext_lazy("Automatic reply"),
    MessageKind.BOUNCE: gettext_lazy("Not delivered"),
    MessageKind.RECEIPT: gettext_lazy("Read receipt"),
    MessageKind.COMPLAINT: gettext_lazy("Complaint"),
}


def register() -> None:
    """Put letters into timelines, and the composer beside note and call."""
    additions.add_tab(Tab("mail", gettext_lazy("Letter"), "mail", "w", tab_url))
    additions.tell_by("message", tell)
    additions.add_strip("mail", strip)


def tab_url() -> str:
    return f"{reverse('mail:write')}?place=tab&on="


def tell(events: Sequence[Event], ref: Ref, user: Any) -> dict[int, Card]:
    """Tell letters as ``user`` may see them: of each conversation the latest, the others folded into it."""
    by_event: dict[int, list[Message]] = {}
    rows = Message.objects.filter(event_id__in=[event.pk for event in events]).select_related("mailbox")
    for message in rows.prefetch_related("files"):
        by_event.setdefault(message.event_id or 0, []).append(message)
    messages = [one for several in by_event.values() for one in several]
    seen = visibility.seen_of(messages, user)
    latest = latest_events({one.thread_id for one in messages}, ref)
    marks, outgoing = marks_of(messages), outgoing_of(messages)
    found: dict[int, Card] = {}
    for event_id, several in by_event.items():
        best = max(
            (seen[one.pk] for one in several if one.pk in seen), key=lambda one: one.level, default=None
        )
        if best is None:
            continue
        count = 1
        if best.message.thread_id in latest:
            newest, count = latest[best.message.thread_id]
            if newest != event_id:
                continue
        pk = best.message.pk
        found[event_id] = card_of(best, ref, count, marks.get(pk, []), outgoing.get(pk))
    return found


def latest_events(threads: Iterable[int], ref: Ref) -> dict[int, tuple[int, int]]:
    """Return the latest event of each conversation on a record, and how many there are."""
    rows = Message.objects.filter(
        thread__in=list(threads), links__type_id=ref.type_id, links__record_id=ref.id, event_id__isnull=False
    ).values_list("thread_id", "event_id", "received_at", "sent_at", "direction")
    moments: dict[int, dict[int, Any]] = {}
    for thread, event, received_at, sent_at, direction in rows:
        at = sent_at if direction == Direction.OUT and sent_at else received_at
        moments.setdefault(thread, {})[event] = at
    return {
        thread: (max(events, key=lambda pk: (events[pk], pk)), len(events))
        for thread, events in moments.items()
    }


def marks_of(messages: Sequence[Message]) -> dict[int, list[tuple[str, str]]]:
    """Return what was noticed of letters: opened, links followed."""
    ids = [one.pk for one in messages if one.direction == Direction.OUT]
    found: dict[int, list[tuple[str, str]]] = {}
    if not ids:
        return found
    rows = Tracked.objects.filter(outgoing__message__in=ids, count__gt=0).order_by("pk")
    for message, kind, count in rows.values_list("outgoing__message_id", "kind", "count"):
        is_open = kind == TrackedKind.OPEN
        said = _("opened %(count)d×") if is_open else _("link followed %(count)d×")
        found.setdefault(message, []).append(("eye" if is_open else "click", said % {"count": count}))
    return found


def outgoing_of(messages: Sequence[Message]) -> dict[int, Outgoing]:
    """Return the rows of the outbox of letters that came back or were refused for somebody."""
    ids = [one.pk for one in messages if one.direction == Direction.OUT]
    rows = Outgoing.objects.filter(message__in=ids).exclude(refused={}) if ids else []
    return {one.message_id: one for one in rows if one.message_id is not None}


def card_of(
    seen: Seen, ref: Ref, count: int, marks: list[tuple[str, str]], outgoing: Outgoing | None
) -> Card:
    message = seen.message
    is_in = message.direction == Direction.IN
    words = str(KINDS.get(MessageKind(message.kind), _("Letter received") if is_in else _("Letter sent")))
    context = {
        "seen": seen,
        "message": message,
        "text": seen.reply_text.strip()[:SHOWN],
        "quoted": seen.quoted_text.strip()[:SHOWN],
        "on": f"{by_id(ref.type_id).slug}:{ref.id}",
        "earlier": count - 1,
        "marks": marks,
        "refused": outgoing.refused if outgoing is not None else {},
    }
    html = render_to_string("letters/card.html", context) if seen.subject or seen.may_open else ""
    icon = "mail" if is_in else "send"
    if message.is_bounce:
        icon = "mail-x"
    who = seen.sender if is_in else ""
    tone = "danger" if message.is_bounce else "info" if is_in else "accent"
    return Card(icon, tone, who or (_("Somebody") if is_in else ""), words, html)


def strip(record: Any, _request: HttpRequest) -> str:
    """Leave the place where letters on their way come right after the page, which asks nothing for them."""
    url = f"{reverse('mail:strip')}?on={record.record_type.slug}:{record.pk}"
    return f'<div hx-get="{escape(url)}" hx-trigger="load, mailChanged from:body" hx-swap="innerHTML"></div>'


def strip_context(record: Any, user: Any) -> dict[str, Any]:
    """Return what is on its way from a record, and what its viewer is writing on it."""
    ref = record.ref
    rows = Outgoing.objects.filter(author=user, type_id=ref.type_id, record_id=ref.id).exclude(
        state__in=[OutgoingState.SENT, OutgoingState.WITHDRAWN]
    )
    return {
        "waiting": list(rows.select_related("mailbox").order_by("next_at")[:10]),
        "writing": list(drafts.open_drafts(user, ref)[:5]),
        "on": f"{record.record_type.slug}:{record.pk}",
    }
