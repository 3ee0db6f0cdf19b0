"""The line editor of deals and quotes: reckoned on the server while one types, saved when one says so."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.records.drafts import RecordErrors, StaleRecord
from crm.ui.pages import RecordPage
from sales.models import Deal, DealLine, Period, Product, QuoteLine, Tax
from sales.pricebook import Pricing, price_book
from sales.services.lines import LINES, Built, add_up, as_rows, build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.identity.access import Access
    from sales.models import Line
    from sales.pricing import Sums


def sees_margin(access: Access) -> bool:
    """Margins are for those who may see what products cost us."""
    return access.field_level(Product, "cost") != "hidden"


def lines_model(record: Any) -> Any:
    return DealLine if isinstance(record, Deal) else QuoteLine


def lines_of(record: Any) -> list[Any]:
    return list(record.lines.order_by("position", "pk"))


def pricing_for(record: Any, at: Any) -> Pricing:
    """Return the prices that hold for a record's customer today."""
    return Pricing(
        currency=record.currency,
        day=timezone.localtime(at).date(),
        company_id=record.company_id,
        price_list_id=getattr(record, "price_list_id", None),
    )


def discounts_of(record: Any) -> dict[str, Decimal]:
    return {
        "discount": getattr(record, "discount", None) or Decimal(0),
        "discount_amount": getattr(record, "discount_amount", None) or Decimal(0),
    }


def totals(sums: Sums, lines: Sequence[Line], access: Access | None) -> dict[str, Any]:
    """Return what stands below the lines."""
    recurring: dict[str, Decimal] = {}
    for line in lines:
        if line.counts and line.period:
            recurring[line.period] = recurring.get(line.period, Decimal(0)) + line.total
    named = {(one.rate, one.is_included): one.name for one in price_book().taxes.values()}
    context: dict[str, Any] = {
        "currency": sums.currency,
        "gross": sums.amount(sums.gross),
        "line_discounts": sums.amount(sums.line_discounts),
        "document_discount": sums.amount(sums.document_discount),
        "net": sums.amount(sums.net),
        "total": sums.amount(sums.total),
        "taxes": [
            {
                "name": named.get((one.rate, one.is_included)) or f"{one.rate.normalize():f} %",
                "is_included": one.is_included,
                "amount": sums.amount(one.tax),
            }
            for one in sums.taxes
            if one.rate
        ],
        "recurring": [(Period(key).label, amount) for key, amount in sorted(recurring.items())],
    }
    if access is not None and sees_margin(access) and sums.margin is not None:
        context |= {"margin": sums.amount(sums.margin), "margin_percent": sums.margin_percent}
    return context | {"off_list": sums.off_list if access is not None else 0}


def lines_context(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the lines of a deal or a quote for its page: to edit where one may, else to read."""
    access = access_for(request.user)
    lines = lines_of(record)
    sums = add_up(lines, currency=record.currency, **discounts_of(record))
    is_open = record.is_open if isinstance(record, Deal) else record.is_draft
    may_edit = is_open and access.can(type(record), "change", record)
    may_edit = may_edit and not access.field_level(type(record), amount_field(record))
    name = record._meta.model_name
    return {
        "lines": lines,
        "may_edit": may_edit,
        "may_see": access.field_level(type(record), amount_field(record)) != "hidden",
        "is_quote": name == "quote",
        "currency": record.currency,
        "totals": totals(sums, lines, access),
        "data": json.dumps(
            {
                "rows": as_rows(lines, shows_cost=sees_margin(access)),
                "version": record.version,
                "try": reverse(f"sales:{name}_lines_try", args=[record.pk]),
                "save": reverse(f"sales:{name}_lines_save", args=[record.pk]),
                "products": reverse("sales:product_choices"),
            }
        ),
        "taxes": Tax.choices_for(request.user) if may_edit else (),
        "periods": Period.choices,
        "shows_margin": sees_margin(access),
        "discount": getattr(record, "discount", None),
    }


def amount_field(record: Any) -> str:
    return "amount" if isinstance(record, Deal) else "total"


def totals_for_customer(quote: Any, lines: Sequence[Line]) -> dict[str, Any]:
    """Return what stands below the lines of an offer, for somebody who sees no cost and no margin."""
    sums = add_up(lines, currency=quote.currency, **discounts_of(quote))
    return totals(sums, lines, None)


class LinesPage(RecordPage):
    """What both addresses of the editor do: read the lines that were sent, answer as JSON."""

    permission = "change"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        try:
            given = self.given(request)
            return self.answer(record, given)
        except ValidationError as refused:
            return JsonResponse({"error": refused.messages[0]}, status=422)
        except RecordErrors as refused:
            return JsonResponse({"error": str(refused)}, status=422)
        except StaleRecord:
            text = _("Somebody else has changed the lines meanwhile. Load the page anew to see theirs.")
            return JsonResponse({"error": text}, status=409)

    def given(self, request: HttpRequest) -> dict[str, Any]:
        try:
            found = json.loads(request.body)
        except ValueError:
            found = None
        rows = found.get(LINES) if isinstance(found, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValidationError(_("Lines are a list of objects."))
        return dict(found)

    def answer(self, record: Any, given: Mapping[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def discount(self, record: Any, given: Mapping[str, Any]) -> Decimal:
        """Return the discount on all that was typed, or the one that holds."""
        text = str(given.get("discount", "")).replace(",", ".").strip().rstrip("%")
        if not text or not hasattr(record, "discount"):
            return Decimal(0)
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal(-1)
        if not 0 <= value <= 100:
            raise ValidationError(_("A discount is between 0 and 100 %."))
        return value.quantize(Decimal("0.0001"))

    def told(self, record: Any, built: Built, **more: Any) -> JsonResponse:
        """Answer with the lines as they are now, and with what stands below them."""
        context = {"totals": totals(built.sums, built.lines, self.access)}
        return JsonResponse(
            {
                "rows": as_rows(built.lines, shows_cost=sees_margin(self.access)),
                "totals": render_to_string("sales/quotes/totals.html", context, self.request),
                **more,
            }
        )


class LinesTryPage(LinesPage):
    """``<id>/lines/try/``: what the lines would come to. Writes nothing."""

    def answer(self, record: Any, given: Mapping[str, Any]) -> HttpResponse:
        amounts = discounts_of(record) | {"discount": self.discount(record, given)}
        built = build(
            lines_model(record),
            given[LINES],
            pricing=pricing_for(record, self.at),
            kept=lines_of(record),
            user=self.actor,
            **amounts,
        )
        return self.told(record, built)


class LinesSavePage(LinesPage):
    """``<id>/lines/save/``: saves the lines, unless somebody else was faster."""

    def answer(self, record: Any, given: Mapping[str, Any]) -> HttpResponse:
        changes: dict[str, Any] = {LINES: given[LINES]}
        if hasattr(record, "discount"):
            changes["discount"] = self.discount(record, given)
        seen = given.get("version")
        drafts = self.views.service().update(
            [record],
            changes,
            actor=self.actor,
            at=self.at,
            seen_version=seen if isinstance(seen, int) else None,
        )
        saved = drafts[0].record
        return self.told(saved, saved.built, version=saved.version)
