"""``/q/<token>/``: the page on which a customer reads an offer, asks, ticks, and says yes or no.

Nobody signs in. The secret is in the address; how often one address may ask is limited, and each
act is judged by ``sales.services.rooms``.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from crm.accounts.sessions import address_of
from crm.identity.models import Organisation
from sales.models import Invoice, Quote, QuoteFamily, QuoteQuestion, QuoteStatus
from sales.orders.providers import TEST, provider, providers
from sales.quotes.differences import differences
from sales.quotes.editor import totals_for_customer
from sales.quotes.limiter import too_often
from sales.quotes.panels import pdf_of
from sales.quotes.paper import data_address
from sales.services import rooms
from sales.services.payments import record_payment
from sales.services.rooms import Visitor
from sales.versions import version_hash

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponseBase

LANGUAGES = ("en", "ru")


@method_decorator(never_cache, name="dispatch")
class RoomView(View):
    """What every address of a room begins with: the family behind the link, and the language."""

    family: QuoteFamily
    revisions: list[Quote]
    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.at = timezone.now()
        if too_often(request):
            return render(request, "429.html", status=429)
        family = rooms.family_of(kwargs.pop("token"))
        self.revisions = rooms.shown_revisions(family) if family is not None else []
        if family is None or not self.revisions:
            raise Http404
        self.family = family
        with translation.override(self.language(request)):
            response = super().dispatch(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    def language(self, request: HttpRequest) -> str:
        """Return what the visitor chose, else the language of the offer."""
        chosen = request.GET.get("lang") or request.COOKIES.get("room-language") or ""
        return chosen if chosen in LANGUAGES else self.revisions[0].language or "en"

    @property
    def visitor(self) -> Visitor:
        browser = self.request.headers.get("User-Agent", "")[:300]
        return Visitor(address_of(self.request) or None, browser)

    @property
    def newest(self) -> Quote:
        return self.revisions[0]

    @property
    def url(self) -> str:
        return reverse("room:room", args=[self.family.token])

    def asked(self) -> Quote:
        """Return the revision that the address names, else the newest."""
        text = self.request.GET.get("r", "")
        found = next((one for one in self.revisions if str(one.revision) == text), None)
        return found or self.newest

    def keys(self) -> set[str]:
        return set(self.request.POST.getlist("take"))


def logo_of(quote: Quote) -> str:
    """Return the logo of whoever offers, as a data: address."""
    return data_address(quote.issuer.logo if quote.issuer and quote.issuer.logo else Organisation.load().logo)


class RoomPage(RoomView):
    """The room itself."""

    def get(self, request: HttpRequest) -> HttpResponse:
        response = self.answer()
        if request.GET.get("lang") in LANGUAGES:
            response.set_cookie(
                "room-language",
                request.GET["lang"],
                max_age=90 * 24 * 3600,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
        return response

    def answer(self, *, problem: str = "", status: int = 200, given: Any = None) -> HttpResponse:
        quote = self.asked()
        lines = list(quote.lines.order_by("position", "pk"))
        if given is not None:
            for line in lines:
                line.is_chosen = line.is_optional and line.key in given.getlist("take")
        questions: dict[str, list[QuoteQuestion]] = {}
        for one in QuoteQuestion.objects.filter(family=self.family).order_by("at"):
            questions.setdefault(one.line_key, []).append(one)
        for line in lines:
            line.questions = questions.pop(line.key, [])  # type: ignore[attr-defined]
        before = next((one for one in self.revisions if one.revision < quote.revision), None)
        newest = quote.pk == self.newest.pk
        context = {
            "quote": quote,
            "revisions": self.revisions,
            "is_newest": newest,
            "is_expired": rooms.is_expired(quote, self.at),
            "may_answer": newest
            and quote.status == QuoteStatus.SENT
            and not rooms.is_expired(quote, self.at),
            "lines": lines,
            "has_options": any(line.is_optional for line in lines),
            "questions": [one for rest in questions.values() for one in rest],
            "totals": totals_for_customer(quote, lines),
            "differences": differences(before, quote) if before is not None else [],
            "before": before,
            "hash": version_hash(quote),
            "pdf": pdf_of(quote),
            "acceptance": getattr(quote, "acceptance", None),
            "seller": quote.issuer or Organisation.load(),
            "logo": logo_of(quote),
            "url": self.url,
            "problem": problem,
            "given": given or {},
            "invoices": self.invoices(quote),
            "may_pay": bool(providers()),
            "language": translation.get_language(),
            "other_language": "en" if translation.get_language() == "ru" else "ru",
        }
        return render(self.request, "sales/room/page.html", context, status=status)

    def invoices(self, quote: Quote) -> list[Invoice]:
        """Return what is to be paid for an accepted offer."""
        rows = Invoice.objects.filter(quote__family=self.family).exclude(status="void")
        return list(rows.order_by("pk"))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the customer's yes."""
        try:
            rooms.accept(
                family=self.family,
                pk=self.number("quote"),
                keys=self.keys(),
                name=request.POST.get("name", ""),
                drawing=self.drawing(),
                visitor=self.visitor,
                at=self.at,
                seen_hash=request.POST.get("hash", ""),
            )
        except ValidationError as refused:
            self.revisions = rooms.shown_revisions(self.family)
            return self.answer(problem=" ".join(refused.messages), status=422, given=request.POST)
        return redirect(f"{self.url}#answer")

    def number(self, name: str) -> int:
        text = self.request.POST.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 19 else 0

    def drawing(self) -> bytes:
        """Return the drawn name as the browser sent it; what is no picture is nothing."""
        text = self.request.POST.get("drawing", "")
        if not text.startswith("data:image/png;base64,"):
            return b""
        try:
            return base64.b64decode(text.partition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            return b""


class DeclinePage(RoomPage):
    """``decline/``: takes the customer's no."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.url)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            rooms.decline(
                family=self.family, pk=self.number("quote"), reason=request.POST.get("reason", ""), at=self.at
            )
        except ValidationError as refused:
            return self.answer(problem=" ".join(refused.messages), status=422, given=request.POST)
        return redirect(f"{self.url}#answer")


class AskPage(RoomPage):
    """``ask/``: takes a question about a line, or about the whole."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(self.url)

    def post(self, request: HttpRequest) -> HttpResponse:
        key = request.POST.get("line", "")[:12]
        try:
            rooms.ask(
                quote=self.newest,
                line_key=key,
                text=request.POST.get("text", ""),
                name=request.POST.get("name", ""),
                at=self.at,
            )
        except ValidationError as refused:
            return self.answer(problem=" ".join(refused.messages), status=422, given=request.POST)
        return redirect(f"{self.url}#line-{key}" if key else f"{self.url}#questions")


class TickPage(RoomView):
    """``tick/``: what the offer comes to with these options. Writes nothing."""

    def post(self, request: HttpRequest) -> HttpResponse:
        lines, _sums = rooms.ticked(self.newest, self.keys())
        context = {"totals": totals_for_customer(self.newest, lines), "quote": self.newest}
        return JsonResponse({"totals": render_to_string("sales/room/totals.html", context, request)})


class SeenPage(RoomView):
    """``seen/``: a person has the page before them. Programs that only fetch links never call it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            rooms.note_opening(quote=self.newest, visitor=self.visitor, at=self.at)
        return HttpResponse(status=204)


class PaperPage(RoomView):
    """``pdf/``: the document as a worker has drawn it."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        found = pdf_of(self.asked())
        if found is None:
            raise Http404
        return FileResponse(
            found.content.file.open("rb"), filename=found.name, content_type="application/pdf"
        )


class PayPage(RoomView):
    """``pay/<invoice>/``: leads to the provider's page."""

    def post(self, request: HttpRequest, invoice: int) -> HttpResponse:
        found = Invoice.objects.filter(quote__family=self.family, pk=invoice).first()
        ways = providers()
        if found is None or not found.is_unpaid or not ways:
            raise Http404
        return redirect(ways[0].page_for(found, back_url=self.url))


class TestPayment(View):
    """The page of the local test provider."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.shown(request, token)

    def shown(self, request: HttpRequest, token: str) -> HttpResponse:
        found = TEST.opened(token) if provider(TEST.key) else None
        if found is None:
            raise Http404
        invoice = Invoice.objects.filter(pk=int(found["invoice"])).first()
        context = {"token": token, "invoice": invoice, "amount": found["amount"]}
        return render(request, "sales/room/test_payment.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        known = provider(TEST.key)
        found = TEST.opened(token)
        if known is None or found is None:
            raise Http404
        paid = known.read(request)
        invoice = Invoice.objects.filter(pk=paid.invoice_id).first() if paid else None
        if paid is not None and invoice is not None:
            at = timezone.now()
            record_payment(
                invoice=invoice,
                amount=paid.amount,
                paid_on=timezone.localtime(at).date(),
                actor=None,
                at=at,
                provider=TEST.key,
                reference=paid.reference,
                via=rooms.VIA,
            )
        return redirect(found["back"])
