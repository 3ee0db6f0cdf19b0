"""The composer: on a record, as an answer, on a page of its own; saved as one types, sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from crm.mail import addressbook
from crm.mail.composing import drafts, labels, previewing, reading, seeing, templating
from crm.mail.composing.composer import Composer
from crm.mail.models import Draft, MailTemplate
from crm.mail.sending.building import CannotSend
from crm.mail.sending.outbox import UNDO
from crm.records import registry
from crm.ui.feedback import go_to, toast, trigger

if TYPE_CHECKING:
    from datetime import datetime

    from crm.mail.models import Outgoing

#: Where the composer stands: in the timeline, in the side panel, on a page of its own.
PLACES = ("tab", "panel", "page")


class WritingPage(LoginRequiredMixin, View):
    """What every address of the composer begins with."""

    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.at = timezone.now()
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> Any:
        return self.request.user

    def record(self, on: str) -> Any:
        """Return the record that is written on, or None."""
        ref = reading.ref_named(on, self.user)
        if ref is None:
            return None
        model: Any = registry.by_id(ref.type_id).model
        return model.objects.visible_to(self.user).filter(pk=ref.id).first()


class WritePage(WritingPage):
    """``mail/write/?on=deals:12``: an empty letter, an answer, or a draft to go on with."""

    def get(self, request: HttpRequest) -> HttpResponse:
        on = request.GET.get("on", "")
        record = self.record(on)
        if on and record is None:
            raise Http404
        place = request.GET.get("place", "page")
        composer = Composer(self.user, record, at=self.at, place=place if place in PLACES else "page")
        if draft := self.draft(request.GET.get("draft", "")):
            composer.go_on(draft)
        elif answered := reading.letter_named(request.GET.get("answers", ""), self.user):
            composer.answer(answered, request.GET.get("how", "reply_all"))
        else:
            composer.begin(request.GET.get("to", ""))
        template = "letters/page.html" if composer.place == "page" else "letters/composer.html"
        return render(request, template, {"composer": composer, "record": record})

    def draft(self, text: str) -> Draft | None:
        rows = Draft.objects.filter(author=self.user, outgoing=None).select_related("mailbox", "answers")
        try:
            return rows.filter(token=UUID(text)).first() if text else None
        except ValueError:
            return None


class SaveDraft(WritingPage):
    """``mail/draft/``: keeps what has been written so far; tells what one should know of the recipients."""

    def post(self, request: HttpRequest) -> JsonResponse:
        try:
            token = reading.read_token(request.POST)
        except CannotSend as wrong:
            return JsonResponse({"problem": str(wrong)}, status=422)
        given = reading.read(request.POST, self.user)
        drafts.save(author=self.user, token=token, given=given, at=self.at)
        clock = date_format(timezone.localtime(self.at), "TIME_FORMAT")
        return JsonResponse({"saved": _("Draft saved at %(time)s") % {"time": clock}})


class DropDraft(WritingPage):
    """``mail/draft/drop/``: throws a draft away."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            drafts.drop(author=self.user, token=reading.read_token(request.POST))
        except CannotSend:
            return HttpResponse(status=422)
        response = HttpResponse(status=204)
        trigger(response, "closeBox", {})
        trigger(response, "mailChanged", {})
        return toast(request, response, _("Draft thrown away."))


class LabelRecipients(WritingPage):
    """``mail/labels/``: what one should know of each recipient."""

    def post(self, request: HttpRequest) -> JsonResponse:
        given = reading.read(request.POST, self.user)
        everybody = [one for several in given.recipients.values() for one in several]
        answered = given.answers if given.how in ("reply", "reply_all") else None
        record = self.record(request.POST.get("on", ""))
        found = labels.labels_of(everybody, record=record, answered=answered, user=self.user)
        return JsonResponse(found.to_json())


class SuggestRecipients(WritingPage):
    """``mail/suggest/?q=an&on=deals:12``: people to write to; those of the record at first."""

    def get(self, request: HttpRequest) -> JsonResponse:
        text = request.GET.get("q", "").replace("\x00", "")[:80]
        if text:
            found = addressbook.suggest(self.user, text)
        else:
            found = previewing.recipients_on(self.record(request.GET.get("on", "")), self.user)
        rows = [{"address": one.address, "name": one.name, "detail": one.detail} for one in found]
        return JsonResponse({"results": rows})


class SendLetter(WritingPage):
    """``mail/send/``: puts the letter into the outbox. The same form sent three times is one letter."""

    def post(self, request: HttpRequest) -> HttpResponse:
        given = reading.read(request.POST, self.user)
        try:
            token = reading.read_token(request.POST)
            reading.check(given, self.at)
            outgoing = drafts.send(
                author=self.user, token=token, given=given, at=self.at, anyway="anyway" in request.POST
            )
        except CannotSend as wrong:
            return render(request, "letters/problem.html", {"problem": str(wrong)}, status=422)
        except drafts.Newer as newer:
            latest = max(one.pk for one in newer.messages)
            context = {"newer": newer.messages, "latest": latest}
            return render(request, "letters/newer.html", context, status=422)
        return self.sent(outgoing, given)

    def sent(self, outgoing: Outgoing, given: drafts.Given) -> HttpResponse:
        undo = reverse("mail:call_back", args=[outgoing.pk])
        response = HttpResponse(status=204)
        if given.leaves:
            when = date_format(timezone.localtime(outgoing.next_at), "DATETIME_FORMAT")
            text = _("It leaves on %(when)s.") % {"when": when}
        else:
            text = _("Letter sent.")
        detail = {"text": text, "undo": undo, "seconds": int(UNDO.total_seconds())}
        trigger(response, "toast", detail)
        trigger(response, "mailSent", {"outgoing": outgoing.pk})
        return trigger(response, "mailChanged", {})


class CallBack(WritingPage):
    """``mail/outgoing/5/back/``: takes a letter out of the outbox; it is a draft again."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = drafts.call_back(author=self.user, outgoing_id=pk, at=self.at)
        response = HttpResponse(status=204)
        if draft is None:
            return toast(request, response, _("Too late: it has left."), tone="danger")
        on = f"{registry.by_id(draft.type_id).slug}:{draft.record_id}" if draft.record_id else ""
        url = f"{reverse('mail:write')}?place=panel&draft={draft.token}&on={on}"
        trigger(response, "openPanel", {"url": url})
        trigger(response, "mailChanged", {})
        return toast(request, response, _("Called back. It is a draft again."))


class FillTemplate(WritingPage):
    """``mail/template/5/fill/?on=deals:12``: a template as it reads about this record."""

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        template = templating.visible_to(self.user).filter(pk=pk).first()
        if not isinstance(template, MailTemplate):
            raise Http404
        filled = templating.fill(template, record=self.record(request.GET.get("on", "")), user=self.user)
        said = ""
        if filled.missing:
            said = _("Empty on this record: %(names)s.") % {"names": ", ".join(filled.missing)}
        return JsonResponse(
            {"id": template.pk, "subject": filled.subject, "html": filled.html, "missing": said}
        )


class PreviewLetter(WritingPage):
    """``mail/preview/``: the letter as the other side will read it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        given = reading.read(request.POST, self.user)
        context: dict[str, Any] = {"given": given}
        try:
            context |= previewing.preview(given, self.user)
        except CannotSend as wrong:
            context["problem"] = str(wrong)
        return render(request, "letters/preview.html", context)


class MakeTestMailbox(WritingPage):
    """``mail/test-mailbox/``: a mailbox that works without any server, to try things out."""

    def post(self, request: HttpRequest) -> HttpResponse:
        seeing.test_mailbox(self.user)
        url = request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()})
        return go_to(request, url if is_ours and "/mail/write/" not in url else reverse("mail:outbox"))
