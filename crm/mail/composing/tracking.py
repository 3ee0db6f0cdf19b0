"""Noticing that a letter is opened and its links are followed, where author, mailbox and company allow it."""

from __future__ import annotations

import re
from html import unescape
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.html import escape

from crm.lib.kept import Kept
from crm.mail.models import MailPolicy, Tracked, TrackedKind

if TYPE_CHECKING:
    from datetime import datetime

    from crm.mail.models import Draft, Mailbox, Outgoing

_LINK = re.compile(r'(<a\s[^>]*?href=")(https?://[^"]+)(")', re.IGNORECASE)
MOST_LINKS = 100
#: A picture that is fetched so soon was fetched by a filter on the way, not by a reader.
TOO_SOON = 5


_policy: Kept[MailPolicy | None] = Kept("mail policy", lambda: MailPolicy.objects.first())


def policy() -> MailPolicy:
    """Return what the company allows."""
    return _policy() or MailPolicy()


def allowed(mailbox: Mailbox | None) -> tuple[bool, bool]:
    """Return whether letters of a mailbox may notice openings and clicks, as it is set up."""
    ours = policy()
    if mailbox is None:
        return False, False
    return ours.allows_opens and mailbox.tracks_opens, ours.allows_clicks and mailbox.tracks_clicks


def tracked(html: str, draft: Draft, outgoing: Outgoing) -> str:
    """Return a rich text with its links led through us and the small picture, as far as both are wanted."""
    ours = policy()
    rows: list[Tracked] = []
    if draft.tracks_clicks and ours.allows_clicks:
        html = _LINK.sub(lambda found: _through(found, outgoing, rows), html)
    if draft.tracks_opens and ours.allows_opens:
        one = Tracked(token=token_urlsafe(18), outgoing=outgoing, kind=TrackedKind.OPEN)
        rows.append(one)
        html += f'<img src="{settings.BASE_URL}/o/{one.token}" width="1" height="1" alt="">'
    Tracked.objects.bulk_create(rows)
    return html


def _through(found: re.Match[str], outgoing: Outgoing, rows: list[Tracked]) -> str:
    if len(rows) >= MOST_LINKS:
        return found[0]
    one = Tracked(token=token_urlsafe(18), outgoing=outgoing, kind=TrackedKind.CLICK, url=unescape(found[2]))
    rows.append(one)
    return f"{found[1]}{escape(f'{settings.BASE_URL}/c/{one.token}')}{found[3]}"


def notice(token: str, kind: str, *, at: datetime) -> Tracked | None:
    """Count one opening or click; None when there is no such token."""
    one = Tracked.objects.select_related("outgoing").filter(token=token, kind=kind).first()
    if one is None:
        return None
    sent_at = one.outgoing.sent_at
    if kind == TrackedKind.OPEN and (sent_at is None or (at - sent_at).total_seconds() < TOO_SOON):
        return one
    Tracked.objects.filter(pk=one.pk).update(
        count=F("count") + 1, first_at=Coalesce(F("first_at"), at), last_at=at
    )
    return one
