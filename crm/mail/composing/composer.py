"""The composer as its template draws it: an empty letter, an answer, or a draft to go on with."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.identity.models import Organisation
from crm.mail.composing import previewing, reading, replying, templating, tracking
from crm.mail.composing.drafts import latest_of
from crm.mail.composing.seeing import mailboxes_for
from crm.mail.models import Signature
from crm.records.files import rights
from crm.records.models import Attachment
from crm.ui.declaration import has_views, views_of
from crm.ui.files import FileLine

if TYPE_CHECKING:
    from crm.mail.models import Draft, Mailbox, MailTemplate, Message

MOST_FILES = 30


class Composer:
    """One letter being written, by one person, perhaps on a record."""

    def __init__(self, user: Any, record: Any, *, at: datetime, place: str) -> None:
        self.user, self.record, self.at, self.place = user, record, at, place
        self.token = str(uuid4())
        self.how, self.subject, self.html = replying.NEW, "", ""
        self.answers: Message | None = None
        self.recipients: dict[str, list[dict[str, str]]] = {"to": [], "cc": [], "bcc": []}
        self.mailbox: Mailbox | None = next(iter(self.mailboxes), None)
        self.quotes, self.withdraw_on_reply = True, True
        self.leaves: datetime | None = None
        self.remind_days: int | None = None
        self.seen, self.template_id = 0, ""
        self.lines: list[FileLine] = []
        self.tracks_opens, self.tracks_clicks = tracking.allowed(self.mailbox)

    # What it begins with.

    def begin(self, to: str = "") -> None:
        """Begin an empty letter: to the main person of the record, signed."""
        if to:
            self.recipients["to"] = [{"address": to.lower(), "name": ""}]
        elif self.record is not None:
            main = previewing.recipients_on(self.record, self.user)[:1]
            self.recipients["to"] = [{"address": one.address, "name": one.name} for one in main]
        self.html = self.signature

    def answer(self, message: Message, how: str) -> None:
        """Begin an answer to a letter, or pass it on, from the mailbox where it lies."""
        self.how = how if how in replying.HOWS else replying.REPLY_ALL
        self.answers, self.seen = message, latest_of(message)
        self.mailbox = next((one for one in self.mailboxes if one.pk == message.mailbox_id), self.mailbox)
        self.tracks_opens, self.tracks_clicks = tracking.allowed(self.mailbox)
        self.recipients = replying.recipients_of(message, self.how)
        self.subject = replying.subject_of(message, self.how)
        self.html = self.signature

    def go_on(self, draft: Draft) -> None:
        """Go on with a draft."""
        self.token, self.how, self.subject, self.html = str(draft.token), draft.how, draft.subject, draft.html
        self.answers, self.recipients = draft.answers, draft.recipients
        self.mailbox, self.quotes = draft.mailbox or self.mailbox, draft.quotes
        self.leaves, self.withdraw_on_reply = draft.leaves, draft.withdraw_on_reply
        self.remind_days, self.seen = draft.remind_days, draft.seen_message_id
        self.tracks_opens, self.tracks_clicks = draft.tracks_opens, draft.tracks_clicks
        self.template_id = str(draft.template_id or "")
        kept = draft.files.select_related("content").order_by("pk")
        self.lines = [
            FileLine(Attachment(pk=one.source_id, content=one.content, name=one.name)) for one in kept
        ]

    # What it offers.

    @cached_property
    def mailboxes(self) -> list[Mailbox]:
        return mailboxes_for(self.user)

    @property
    def on(self) -> str:
        return f"{self.record.record_type.slug}:{self.record.pk}" if self.record is not None else ""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The recipients by kind; rows without anybody stay folded, but the first."""
        labels = {"to": _("To"), "cc": _("Cc"), "bcc": _("Bcc")}
        return [
            {
                "name": name,
                "label": label,
                "value": json.dumps(self.recipients.get(name, [])),
                "is_open": name == "to" or bool(self.recipients.get(name)),
            }
            for name, label in labels.items()
        ]

    @property
    def suggest_url(self) -> str:
        return f"{reverse('mail:suggest')}?on={self.on}"

    @property
    def again_url(self) -> str:
        return f"{reverse('mail:write')}?on={self.on}&place=tab"

    @property
    def back_url(self) -> str:
        return self.record.get_absolute_url() if self.record is not None else reverse("mail:outbox")

    @cached_property
    def templates(self) -> list[MailTemplate]:
        type_id = self.record.record_type.id if self.record is not None else 0
        return list(templating.offered_to(self.user, type_id)[:100])

    @cached_property
    def signatures(self) -> list[Signature]:
        """The person's own, else everybody's; the one that is taken by itself first."""
        rows = Signature.objects.filter(Q(user=self.user) | Q(user=None))
        return sorted(rows, key=lambda one: (one.user_id is None, not one.is_default, one.name))

    @property
    def signature(self) -> str:
        """Return what stands below at first: the mailbox's own, else the person's, else everybody's."""
        if self.mailbox is not None and self.mailbox.signature:
            lines = "<br>".join(self.mailbox.signature.splitlines())
            return f"<div><br><br>--<br>{lines}</div>"
        found = next((one for one in self.signatures if one.is_default), None)
        return f"<div><br><br></div>{found.html}" if found else ""

    @property
    def record_files(self) -> list[FileLine]:
        """The files that lie on the record."""
        if self.record is None:
            return []
        ref = self.record.ref
        rows = Attachment.objects.filter(type_id=ref.type_id, record_id=ref.id, deleted_at=None, field="")
        found = list(rows.select_related("content").order_by("-created_at")[:MOST_FILES])
        return [FileLine(one) for one in found if rights.may_open(one, self.user)]

    @property
    def times(self) -> list[tuple[str, str]]:
        """Times to leave, with one click: as the field takes them, and in words."""
        company, now = Organisation.load(), timezone.localtime(self.at)
        starts = company.work_starts or time(9)
        tomorrow = now.date() + timedelta(days=1)
        monday = now.date() + timedelta(days=7 - now.weekday())
        found = [(datetime.combine(tomorrow, starts), _("Tomorrow morning"))]
        if now.hour < 15:
            found.insert(0, (datetime.combine(now.date(), time(now.hour + 3)), _("In three hours")))
        if monday != tomorrow:
            found.append((datetime.combine(monday, starts), _("On Monday morning")))
        return [(f"{moment:%Y-%m-%dT%H:%M}", words) for moment, words in found]

    @property
    def leaves_value(self) -> str:
        return f"{timezone.localtime(self.leaves):%Y-%m-%dT%H:%M}" if self.leaves else ""

    @property
    def reminders(self) -> list[tuple[int, str]]:
        return [
            (days, ngettext("After %(count)d day", "After %(count)d days", days) % {"count": days})
            for days in reading.REMIND
        ]

    @property
    def may_track(self) -> tuple[bool, bool]:
        ours = tracking.policy()
        return ours.allows_opens, ours.allows_clicks

    @property
    def quoted(self) -> str:
        return replying.quoted_html(self.answers, self.how) if self.answers is not None else ""

    @property
    def enrol_url(self) -> str:
        """Return where a sequence is begun with this record."""
        if self.record is None or not has_views(type(self.record)):
            return ""
        views = views_of(type(self.record))
        return views.url("action", self.record.pk, "enrol") if views.action("enrol") else ""

    @property
    def title(self) -> str:
        if self.how == replying.FORWARD:
            return _("Pass on")
        return _("Answer") if self.answers is not None else _("New letter")
