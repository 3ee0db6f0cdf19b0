"""Orders and invoices as people meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.access import access_for
from crm.records.drafts import RecordErrors
from crm.records.fields import Field, Kind
from crm.ui.actions import Action
from crm.ui.asking import ChoiceFilter, PeriodFilter, ReferenceFilter
from crm.ui.feedback import go_to, toast
from crm.ui.fields import KindField
from crm.ui.filters import ConditionFilter, RecordFilters
from crm.ui.formats import page_url
from crm.ui.forms import ActionForm
from crm.ui.layouts import Custom, Fields, Layout, Part, Timeline
from crm.ui.pages import RecordPage
from crm.ui.tables import Column
from crm.ui.viewset import RecordViews
from sales import services
from sales.forms import PricedForm
from sales.models import Invoice, InvoiceStatus, Order, OrderStatus
from sales.models.order import UNPAID
from sales.quotes.editor import sees_margin, totals
from sales.quotes.pages import PdfPage, WidePage, problem
from sales.quotes.tables import DocumentTable, base_amount
from sales.services.lines import add_up
from sales.services.orders import may_void

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern, URLResolver

ORDER_TONES = {OrderStatus.OPEN: "accent", OrderStatus.DONE: "success", OrderStatus.VOID: ""}
INVOICE_TONES = {
    InvoiceStatus.ISSUED: "accent",
    InvoiceStatus.PART: "warning",
    InvoiceStatus.PAID: "success",
    InvoiceStatus.VOID: "",
}
COMMON = (
    "company",
    "person",
    "deal",
    "quote",
    "currency",
    "issuer",
    "language",
    "note",
    "owner",
    "team",
    "tags",
)


def left_of(invoice: Any) -> Decimal:
    left: Decimal = invoice.left
    return left


def columns(*own: Column) -> tuple[Column, ...]:
    return (
        Column("number", link=True),
        Column("name"),
        Column("company"),
        Column("person"),
        Column("deal"),
        Column("quote"),
        Column("total", sort="base_minor"),
        Column(
            "base_minor",
            label=gettext_lazy("Value"),
            kind=Kind.MONEY,
            value=base_amount,
            currency="base_currency",
        ),
        *own,
        Column("owner"),
        Column("team"),
        Column("net"),
        Column("tax_sum"),
        Column("currency"),
        Column("rate"),
        Column("issuer"),
        Column("language"),
        Column("note"),
        Column("void_reason"),
        Column("tags"),
        Column("created_at"),
        Column("created_by"),
        Column("updated_at"),
    )


class OrderTable(DocumentTable):
    """Every column of an order."""

    columns = columns(Column("status", tones=ORDER_TONES), Column("ordered_on"))
    default = ("number", "name", "company", "total", "status", "ordered_on", "quote", "owner")
    default_sort = "-created_at"
    summed = ("base_minor",)


class InvoiceTable(DocumentTable):
    """Every column of an invoice."""

    columns = columns(
        Column("status", tones=INVOICE_TONES),
        Column("issued_on"),
        Column("due_on"),
        Column("paid"),
        Column("left", label=gettext_lazy("Left to pay"), kind=Kind.MONEY, value=left_of),
        Column("paid_at"),
        Column("order"),
    )
    default = ("number", "name", "company", "total", "status", "issued_on", "due_on", "left", "owner")
    default_sort = "-created_at"
    summed = ("base_minor",)


class OrderFilters(RecordFilters):
    """What orders can be asked."""

    status = ChoiceFilter()
    company = ReferenceFilter()
    deal = ReferenceFilter()
    quote = ReferenceFilter()
    ordered = PeriodFilter(field_name="ordered_on")

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()


def is_overdue(_user: Any, at: datetime) -> Q:
    return Q(status__in=UNPAID, due_on__lt=timezone.localtime(at).date())


class InvoiceFilters(RecordFilters):
    """What invoices can be asked."""

    status = ChoiceFilter()
    company = ReferenceFilter()
    deal = ReferenceFilter()
    quote = ReferenceFilter()
    issued = PeriodFilter(field_name="issued_on")
    due = PeriodFilter(field_name="due_on")
    overdue = ConditionFilter(label=gettext_lazy("Overdue"), q=is_overdue, reads=("status", "due_on"))

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = ()


class OrderForm(PricedForm):
    """The form of an order."""

    class Meta:
        model = Order
        fields = ("name", *COMMON[:5], "ordered_on", *COMMON[5:])
        quick = ("company", "person", "ordered_on")


class InvoiceForm(PricedForm):
    """The form of an invoice."""

    class Meta:
        model = Invoice
        fields = ("name", *COMMON[:4], "order", "currency", "issued_on", "due_on", *COMMON[5:])
        quick = ("company", "person", "due_on")


class VoidForm(ActionForm):
    """Why a document is voided."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class PayForm(ActionForm):
    """What came in."""

    amount = KindField(Field("amount", "", Kind.MONEY), label=gettext_lazy("Amount"))
    paid_on = forms.DateField(
        label=gettext_lazy("Paid on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_on"].initial = timezone.localdate()
        if len(self.records) == 1:
            invoice = self.records[0]
            self.fields["amount"].initial = invoice.left
            self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": invoice.currency}

    def clean_paid_on(self) -> date:
        """Refuse days to come."""
        day: date = self.cleaned_data["paid_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Money can't have come in the future."))
        return day


def document_lines(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the lines of an order or an invoice, to read."""
    access = access_for(request.user)
    lines = list(record.lines.order_by("position", "pk"))
    sums = add_up(
        lines, currency=record.currency, discount=record.discount, discount_amount=record.discount_amount
    )
    return {
        "lines": lines,
        "may_edit": False,
        "may_see": access.field_level(type(record), "total") != "hidden",
        "currency": record.currency,
        "totals": totals(sums, lines, access),
        "shows_margin": sees_margin(access),
    }


def invoices_of(record: Order, request: HttpRequest) -> dict[str, Any]:
    access = access_for(request.user)
    rows = list(Invoice.objects.visible_to(request.user).filter(order=record).order_by("pk"))
    holds = any(one.status != InvoiceStatus.VOID for one in rows)
    may_make = record.status != OrderStatus.VOID and not holds and access.can(Invoice, "add")
    return {
        "invoices": rows,
        "invoice_url": reverse("sales:order_invoice", args=[record.pk]) if may_make else "",
        "pdf_url": reverse("sales:order_pdf", args=[record.pk]),
    }


def payments_of(record: Invoice, request: HttpRequest) -> dict[str, Any]:
    return {
        "payments": list(record.payments.select_related("recorded_by").order_by("paid_on", "pk")),
        "left": record.left,
        "is_overdue": record.is_overdue(timezone.localdate()),
        "pdf_url": reverse("sales:invoice_pdf", args=[record.pk]),
    }


class DocumentPage(WidePage):
    """The page of an order or an invoice: voiding is for those whose roles may."""

    wide = Part("sales/quotes/lines.html", document_lines)

    def offered(self, record: Any) -> list[dict[str, Any]]:
        found = super().offered(record)
        user: Any = self.request.user
        may = may_void(record._meta.model_name, user)
        return [one for one in found if may or one["action"].name != "void"]


class InvoiceOfOrder(RecordPage):
    """``<id>/invoice/``: makes the invoice of an order."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = self.get_record(pk)
        try:
            made = services.invoice_from_order(order=order, actor=self.actor, at=self.at)
        except (RecordErrors, ValidationError) as refused:
            return toast(request, go_to(request, page_url(order)), problem(refused), tone="danger")
        return toast(request, go_to(request, page_url(made)), _("Invoice made."))


VOID = Action(
    "void",
    services.void_documents,
    gettext_lazy("Void"),
    icon="ban",
    form=VoidForm,
    when=lambda one: one.status in (OrderStatus.OPEN, OrderStatus.DONE, InvoiceStatus.ISSUED),
    done=gettext_lazy("Voided. The number stays taken."),
)


class Orders(RecordViews):
    """What customers have ordered."""

    model, form, filters, table = Order, OrderForm, OrderFilters, OrderTable
    search = ("number", "name", "company__name", "person__name")
    detail_view = DocumentPage
    needs = ("company", "person", "deal", "quote", "owner", "issuer")
    layout = Layout(
        head=("total", "status", "ordered_on"),
        main=[Timeline()],
        facts=[
            Fields("name", "company", "person", "deal", "quote", "ordered_on", title=gettext_lazy("Order")),
            Fields("currency", "issuer", "language", "note", "void_reason", title=gettext_lazy("Paper")),
            Fields("owner", "team", "tags", title=gettext_lazy("More")),
            Custom(),
        ],
        side=[Part("sales/orders/invoices.html", invoices_of)],
    )
    actions = (
        Action(
            "deliver",
            services.deliver,
            gettext_lazy("Delivered"),
            icon="check",
            when=lambda order: order.status == OrderStatus.OPEN,
            tone="green",
            done=gettext_lazy("Delivered."),
        ),
        Action(
            "reopen",
            services.reopen_orders,
            gettext_lazy("Reopen"),
            icon="rotate",
            when=lambda order: order.status == OrderStatus.DONE,
            done=gettext_lazy("Open again."),
        ),
        VOID,
    )
    empty_title = gettext_lazy("No orders yet")
    empty_text = gettext_lazy("An order is made from an accepted quote.")

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """The PDF, and the invoice of an order."""
        return [
            cls.at(f"{prefix}/<int:pk>/pdf/", PdfPage, "pdf"),
            cls.at(f"{prefix}/<int:pk>/invoice/", InvoiceOfOrder, "invoice"),
        ]


class Invoices(RecordViews):
    """What customers are to pay."""

    model, form, filters, table = Invoice, InvoiceForm, InvoiceFilters, InvoiceTable
    search = ("number", "name", "company__name", "person__name")
    detail_view = DocumentPage
    needs = ("company", "person", "deal", "quote", "owner", "issuer", "order")
    layout = Layout(
        head=("total", "status", "due_on"),
        main=[Timeline()],
        facts=[
            Fields(
                "name",
                "company",
                "person",
                "deal",
                "quote",
                "order",
                "issued_on",
                "due_on",
                title=gettext_lazy("Invoice"),
            ),
            Fields("currency", "issuer", "language", "note", "void_reason", title=gettext_lazy("Paper")),
            Fields("owner", "team", "tags", title=gettext_lazy("More")),
            Custom(),
        ],
        side=[Part("sales/orders/payments.html", payments_of)],
    )
    actions = (
        Action(
            "pay",
            services.pay,
            gettext_lazy("Record a payment"),
            icon="coin",
            form=PayForm,
            when=lambda invoice: invoice.is_unpaid,
            tone="green",
            done=gettext_lazy("Written down."),
        ),
        VOID,
    )
    empty_title = gettext_lazy("No invoices yet")
    empty_text = gettext_lazy("An invoice is made from an order.")

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """The PDF."""
        return [cls.at(f"{prefix}/<int:pk>/pdf/", PdfPage, "pdf")]
