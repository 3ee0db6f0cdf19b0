"""Pages of a quote: its own, with the verbs that make sense now, and the small acts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.records import jobs
from crm.records.drafts import RecordErrors
from crm.records.phrases import phrase
from crm.ui.details import DetailPage
from crm.ui.feedback import go_to, toast
from crm.ui.formats import page_url
from crm.ui.forms import as_notes
from crm.ui.layouts import Part
from crm.ui.pages import RecordPage
from sales import limits
from sales.models import Quote, QuoteApproval, QuoteStatus
from sales.quotes.editor import lines_context
from sales.services import QuoteService, order_from_quote
from sales.services.rooms import answer

if TYPE_CHECKING:
    from sales.models import Deal

#: Verbs that have no button on the page: REST gives lines by it, the page has its editor.
BY_REST = frozenset({"lines"})
#: Verbs that stand in the strip below the title.
RARE = frozenset({"accept", "decline", "take_back", "close_link", "renew_link"})


class WidePage(DetailPage):
    """A page whose lines take the whole width, above facts and timeline."""

    template = "sales/quotes/page.html"
    #: What is drawn there.
    wide: Part

    def show(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        if template == self.template and context is not None:
            context["wide"] = self.drawn(self.wide, context["record"])
        return super().show(template, context, status=status)


class QuotePage(WidePage):
    """``/sales/quotes/<id>/``."""

    wide = Part("sales/quotes/lines.html", lines_context)

    def offered(self, record: Any) -> list[dict[str, Any]]:
        """Leave the rarer verbs to the strip below the title."""
        return [one for one in self.possible(record) if one["action"].name not in RARE]

    def possible(self, record: Any) -> list[dict[str, Any]]:
        """Return what makes sense now: sending, or asking for approval where the limit says so."""
        user: Any = self.request.user
        found = [one for one in super().offered(record) if one["action"].name not in BY_REST]
        if record.status == QuoteStatus.DRAFT:
            is_over = limits.needs_approval(record, user)
            gone = {"send", "mail"} if is_over else {"approval"}
            return [one for one in found if one["action"].name not in gone]
        if record.status == QuoteStatus.WAITING:
            asked = QuoteApproval.objects.filter(quote=record, state="waiting").first()
            if asked is None or not limits.may_decide(asked, user):
                return [one for one in found if one["action"].name not in ("approve", "reject")]
        return found

    def drawn(self, part: Any, record: Any) -> Any:
        """Give the strip its verbs."""
        bar = self.views.layout.bar if self.views.layout is not None else None
        if bar is None or part is not bar:
            return super().drawn(part, record)
        rare = [one for one in self.possible(record) if one["action"].name in RARE]
        context = {**bar.values(record, self.request), "actions": rare}
        return render_to_string(bar.template, context, self.request)


def problem(refused: Exception) -> str:
    """Say in one line what was refused."""
    return " ".join(text for texts in as_notes(refused).values() for text in texts)


class QuoteOfDeal(RecordPage):
    """``deals/<id>/quote/``: makes a quote of a deal, its lines copied."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        deal: Deal = self.get_record(pk)
        if not self.access.can(Quote, "add"):
            raise PermissionDenied
        row = {"deal": deal, "owner": deal.owner or self.actor}
        if not self.access.can(Quote, "assign"):
            row["owner"] = self.actor
        try:
            made = QuoteService().create([row], actor=self.actor, at=self.at)[0].record
        except RecordErrors as refused:
            return toast(request, go_to(request, page_url(deal)), problem(refused), tone="danger")
        return toast(request, go_to(request, page_url(made)), _("Quote made."))


class AnswerPage(RecordPage):
    """``<id>/answer/``: answers a question in the customer's room."""

    permission = "change"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        quote = self.get_record(pk, action="change", needs=("family",))
        try:
            answer(
                quote=quote,
                line_key=request.POST.get("line", ""),
                text=request.POST.get("text", ""),
                actor=self.actor,
                at=self.at,
            )
        except ValidationError as refused:
            return toast(request, go_to(request, page_url(quote)), problem(refused), tone="danger")
        return toast(
            request, go_to(request, page_url(quote)), _("Answered. The customer sees it on their page.")
        )


class PdfPage(RecordPage):
    """``<id>/pdf/``: has a worker draw the document; the job's page leads to the file."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk)
        if not self.sees_money():
            raise PermissionDenied
        title = phrase(gettext_noop("PDF of %(name)s"), name=str(record))
        params = {"type": record.record_type.slug, "id": record.pk}
        job = jobs.start("document_pdf", actor=self.actor, title=title, params=params)
        return go_to(request, f"/jobs/{job.pk}/")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        raise Http404

    def sees_money(self) -> bool:
        return self.access.field_level(self.model, "total") != "hidden"


class OrderOfQuote(RecordPage):
    """``<id>/order/``: makes the order of an accepted quote."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        quote = self.get_record(pk)
        try:
            made = order_from_quote(quote=quote, actor=self.actor, at=self.at)
        except (RecordErrors, ValidationError) as refused:
            return toast(request, go_to(request, page_url(quote)), problem(refused), tone="danger")
        return toast(request, go_to(request, page_url(made)), _("Order made."))
