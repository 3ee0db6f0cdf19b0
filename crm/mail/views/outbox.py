"""The outbox: what is being written, what waits, what needs a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crm.mail import showing, visibility
from crm.mail.composing import drafts, reading
from crm.mail.models import Message, Outgoing
from crm.mail.sending import outbox, settling
from crm.mail.views.composing import WritingPage
from crm.ui.feedback import toast, trigger

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 200


class OutboxPage(WritingPage):
    """``mail/outbox/``: own drafts, letters that wait, those that failed or may have arrived."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(outbox.open_for(self.user).prefetch_related("attempts")[:MOST])
        context = {
            "trouble": [one for one in rows if one.is_in_trouble],
            "waiting": [one for one in rows if not one.is_in_trouble],
            "drafts": drafts.open_drafts(self.user)[:MOST],
            "at": self.at,
        }
        template = "letters/outbox_lists.html" if request.headers.get("HX-Request") else "letters/outbox.html"
        return render(request, template, context)


class OutgoingAct(WritingPage):
    """``mail/outgoing/5/do/arrived/``: what a person decides about a letter of theirs."""

    def post(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        acts: dict[str, Callable[[], tuple[bool, str]]] = {
            "arrived": lambda: (settling.has_arrived(pk, at=self.at), _("Noted as sent.")),
            "again": lambda: (settling.send_again(pk, at=self.at), _("It is sent again.")),
            "now": lambda: (outbox.hurry(pk, at=self.at), _("It leaves now.")),
            "stop": lambda: (outbox.stop(pk) is not None, _("Withdrawn.")),
        }
        if act not in acts or not Outgoing.objects.filter(pk=pk, author=self.user).exists():
            raise Http404
        done, text = acts[act]()
        response = trigger(HttpResponse(status=204), "mailChanged", {})
        if not done:
            return toast(request, response, _("Too late: its state has changed."), tone="danger")
        return toast(request, response, text)


class EarlierLetters(WritingPage):
    """``mail/letter/5/earlier/?on=deals:12``: the letters before this one, as one may see them there."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        ref = reading.ref_named(request.GET.get("on", ""), self.user)
        message = Message.objects.filter(pk=pk).first()
        if ref is None or message is None:
            raise Http404
        rows = Message.objects.filter(
            thread=message.thread_id, links__type_id=ref.type_id, links__record_id=ref.id
        ).exclude(message_id=message.message_id)
        found = visibility.seen_of(
            list(rows.select_related("mailbox").order_by("-received_at")[:100]), self.user
        )
        by_letter = {one.message.message_id: one for one in found.values()}
        return render(request, "letters/earlier.html", {"rows": list(by_letter.values())})


class StripPart(WritingPage):
    """``mail/strip/?on=deals:12``: letters on their way from a record, and drafts on it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        record = self.record(request.GET.get("on", ""))
        if record is None:
            raise Http404
        return render(request, "letters/strip.html", showing.strip_context(record, self.user))
