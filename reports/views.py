"""Home: what is true of the pipeline, and what to do next."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.accounts.first_run import first_run
from crm.identity.access import access_for
from crm.identity.models import Organisation
from crm.lib import pdf
from crm.lib.money import from_minor
from reports.home import figures, whose_of
from reports.lens import DEFAULT_PERIOD, Lens
from sales.models import Deal

if TYPE_CHECKING:
    from django.http import HttpRequest

    from reports.metrics.figures import Bar, Figure

ALL_TIME = "2000-01-01.."


def periods() -> list[tuple[str, str]]:
    """Return the periods that home offers, by the name that addresses use."""
    return [
        ("this_month", _("This month")),
        ("last_month", _("Last month")),
        ("this_quarter", _("This quarter")),
        ("last_quarter", _("Last quarter")),
        ("this_year", _("This year")),
        ("last_year", _("Last year")),
        (ALL_TIME, _("All time")),
    ]


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the figures of the viewer's pipeline, each a link to exactly its rows."""
    user: Any = request.user
    offered = whose_of(user)
    context: dict[str, Any] = {"periods": periods(), "whose_choices": whose_labels(offered)}
    context["first_run"] = first_run(user)
    if offered:
        context |= figures_through(lens_of(request, offered))
        context |= beginnings(user) if context["first_run"] is None else {}
    return render(request, "reports/home.html", context)


def beginnings(user: Any) -> dict[str, Any]:
    """Return what to begin with, for a viewer to whom no deal shows yet."""
    deals: Any = Deal.objects.all()
    if deals.visible_to(user).exists():
        return {}
    access = access_for(user)
    return {
        "has_no_deals": True,
        "deals": Deal.record_type,
        "may_add": access.can(Deal, "add"),
        "may_import": access.can(Deal, "import"),
    }


@login_required
@require_GET
def home_pdf(request: HttpRequest) -> HttpResponse:
    """Give the same figures as a PDF, to print or to send."""
    offered = whose_of(request.user)  # type: ignore[arg-type]
    if not offered:
        raise Http404
    lens = lens_of(request, offered)
    whose = dict(whose_labels(offered))[lens.whose]
    context = {"organisation": Organisation.load(), "whose_label": whose, **figures_through(lens)}
    drawn = pdf.render(render_to_string("pdf/home.html", context, request))
    name = f"artel-{timezone.localdate():%Y-%m-%d}.pdf"
    return HttpResponse(
        drawn, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def figures_through(lens: Lens) -> dict[str, Any]:
    """Return what home and its PDF show."""
    label = dict(periods()).get(lens.period_name, str(lens.period))
    return {"lens": lens, "period_label": label, **shown(figures(lens))}


def whose_labels(offered: list[str]) -> list[tuple[str, str]]:
    labels = {"mine": _("Mine"), "team": _("My teams"), "all": _("Everything I see")}
    return [(name, labels[name]) for name in offered]


def lens_of(request: HttpRequest, offered: list[str]) -> Lens:
    """Read period and whose deals from the address; what makes no sense is the default."""
    user: Any = request.user
    whose = request.GET.get("whose", "")
    lens = Lens(
        user=user,
        at=timezone.now(),
        period_name=request.GET.get("period", "") or DEFAULT_PERIOD,
        whose=whose if whose in offered else offered[-1],
    )
    try:
        _period = lens.period
    except ValueError:
        return Lens(user=user, at=lens.at, whose=lens.whose)
    return lens


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """Bring money from minor units to amounts, for the page."""
    currency = Organisation.load().base_currency
    context: dict[str, Any] = {"currency": currency, "figures": found}
    for name in ("won", "average", "median"):
        figure: Figure = found[name]
        context[name] = {
            "figure": figure,
            "amount": amount(figure.value, currency),
            "before": amount(figure.before, currency),
        }
    for name in ("stages", "weighted", "people"):
        bars: list[Bar] = found[name]
        context[name] = [
            {"bar": bar, "amount": None if found.get("hides_money") else amount(bar.value, currency)}
            for bar in bars
        ]
    context["lost_reasons"] = [
        {"bar": bar, "amount": amount(bar.facts["value"], currency)} for bar in found["lost_reasons"]
    ]
    hides_money = found.get("hides_money")
    context["open_total"] = (
        None if hides_money else amount(sum(bar.value for bar in found["stages"]), currency)
    )
    context["open_count"] = sum(bar.count for bar in found["stages"])
    weighted = sum(bar.value for bar in found["weighted"])
    context["weighted_total"] = None if hides_money else amount(weighted, currency)
    return context


def amount(value: Any, currency: str) -> Decimal | None:
    """Return minor units as money, in whole units: home is read at a glance."""
    return None if value is None else from_minor(round(value), currency).quantize(Decimal(1))
