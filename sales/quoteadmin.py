"""Where administrators keep prices, taxes, papers, numbers and limits; quotes as they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy

from crm.ui.admin import ReadOnlyAdmin, RecordAdmin, SetupAdmin, SetupInline
from sales.models import (
    DiscountLimit,
    Invoice,
    Issuer,
    NumberSeries,
    Order,
    Payment,
    PriceList,
    PriceRule,
    ProductCategory,
    Quote,
    QuoteAcceptance,
    QuoteApproval,
    QuoteTemplate,
    Tax,
    TemplateSection,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Tax)
class TaxAdmin(SetupAdmin):
    """Rates of tax. One in use is switched off rather than deleted; documents keep the rate they had."""

    section, order = "sales", 40
    list_display = ("name", "rate", "is_included", "is_default", "is_active", "position")
    search_help_text = gettext_lazy("Name.")
    list_filter = ("is_active",)
    list_editable = ("position", "is_active")
    search_fields = ("name",)
    ordering = ("position", "pk")
    deletable = True


@admin.register(ProductCategory)
class ProductCategoryAdmin(SetupAdmin):
    """The tree of the catalogue."""

    section, order = "sales", 45
    list_display = ("name", "parent", "position", "products_now")
    search_help_text = gettext_lazy("Name.")
    list_filter = ("parent",)
    list_select_related = ("parent",)
    search_fields = ("name",)
    ordering = ("position", "name")
    deletable = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(standing=Count("products"))
        return counted

    @admin.display(description=gettext_lazy("products"))
    def products_now(self, category: Any) -> int:
        return int(category.standing)


class PriceRules(SetupInline):
    """What a list says, rule by rule; of several that fit the nearest holds."""

    model = PriceRule
    fields = (
        *("product", "category", "least", "starts_on", "ends_on", "kind", "base", "price"),
        *("percent", "factor", "extra"),
    )
    autocomplete_fields = ("product",)
    ordering = ("pk",)


@admin.register(PriceList)
class PriceListAdmin(SetupAdmin):
    """Prices by currency, customer, product, quantity and day."""

    section, order = "sales", 50
    inlines = (PriceRules,)
    fieldsets = (
        (None, {"fields": ("name", "currency", "parent", "position", "is_active")}),
        (gettext_lazy("For whom and when"), {"fields": ("companies", ("starts_on", "ends_on"))}),
        (gettext_lazy("Rounding"), {"fields": (("step", "ending"),)}),
    )
    autocomplete_fields = ("companies",)
    select_fields = ("parent",)
    list_display = ("name", "currency", "parent", "starts_on", "ends_on", "is_active", "position")
    search_help_text = gettext_lazy("Name.")
    list_select_related = ("parent",)
    list_filter = ("currency", "is_active")
    search_fields = ("name",)
    ordering = ("position", "pk")
    deletable = True


@admin.register(DiscountLimit)
class DiscountLimitAdmin(SetupAdmin):
    """How far below list prices each role sells by itself, and who says yes beyond that."""

    section, order = "sales", 55
    list_display = ("role", "percent", "approver", "substitute")
    search_fields = ("role__name",)
    search_help_text = gettext_lazy("Name of a role.")
    list_filter = ("approver",)
    list_select_related = ("role", "approver", "substitute")
    select_fields = ("role",)
    deletable = True


@admin.register(Issuer)
class IssuerAdmin(SetupAdmin):
    """Companies of ours: requisites, logo, signature and stamp of their papers."""

    section, order = "sales", 60
    fieldsets = (
        (None, {"fields": ("name", "legal_name", "requisites", "logo", "is_default", "is_active")}),
        (gettext_lazy("Who signs"), {"fields": ("signer", "signer_title", "signature", "stamp")}),
    )
    list_display = ("name", "legal_name", "is_default", "is_active")
    search_help_text = gettext_lazy("Name.")
    list_filter = ("is_active",)
    search_fields = ("name", "legal_name")
    deletable = True


class Sections(SetupInline):
    """Pieces of a template: headings, texts, pictures."""

    model = TemplateSection
    fields = ("place", "position", "title", "text", "picture", "new_page")
    ordering = ("place", "position", "pk")


@admin.register(QuoteTemplate)
class QuoteTemplateAdmin(SetupAdmin):
    """How quotes read and look, per language and per company of ours."""

    section, order = "sales", 65
    inlines = (Sections,)
    fieldsets = (
        (None, {"fields": ("name", "language", "issuer", "is_default", "is_active", "days_valid")}),
        (gettext_lazy("Words"), {"fields": ("intro", "terms")}),
        (gettext_lazy("Paper"), {"fields": ("header", "footer", "shows_stamp")}),
    )
    select_fields = ("issuer",)
    list_display = ("name", "language", "issuer", "is_default", "is_active", "days_valid")
    search_help_text = gettext_lazy("Name.")
    list_select_related = ("issuer",)
    list_filter = ("language", "is_active")
    search_fields = ("name",)
    deletable = True


@admin.register(NumberSeries)
class NumberSeriesAdmin(SetupAdmin):
    """How documents are numbered, and who may void them."""

    section, order = "sales", 70
    fields = ("kind", "pattern", "is_yearly", "may_void")
    filter_horizontal = ("may_void",)
    list_display = ("kind", "pattern", "is_yearly")
    search_fields = ("pattern",)
    search_help_text = gettext_lazy("Part of the pattern.")
    list_filter = ("is_yearly",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("kind",) if obj is not None else ()


@admin.register(Quote)
class QuoteAdmin(RecordAdmin):
    """Quotes, written by the same rules as on their own pages."""

    section, order = "data", 50
    list_display = ("number", "revision", "name", "company", "status", "total", "currency", "owner")
    list_filter = ("status",)
    list_select_related = ("company", "owner")
    search_fields = ("number", "name", "company__name")
    search_help_text = gettext_lazy("Number, subject or company.")


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    """Orders, written by the same rules as on their own pages."""

    section, order = "data", 55
    list_display = ("number", "company", "status", "total", "currency", "owner")
    search_help_text = gettext_lazy("Number or company.")
    list_filter = ("status",)
    list_select_related = ("company", "owner")
    search_fields = ("number", "company__name")


@admin.register(Invoice)
class InvoiceAdmin(RecordAdmin):
    """Invoices, written by the same rules as on their own pages."""

    section, order = "data", 60
    list_display = ("number", "company", "status", "total", "paid", "currency", "due_on", "owner")
    search_help_text = gettext_lazy("Number or company.")
    list_filter = ("status",)
    list_select_related = ("company", "owner")
    search_fields = ("number", "company__name")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """What came in, and by which way."""

    section, order = "work", 70
    list_display = ("invoice", "amount", "paid_on", "provider", "reference", "recorded_by")
    search_help_text = gettext_lazy("Number of the invoice, or reference.")
    list_filter = ("paid_on",)
    list_select_related = ("invoice", "recorded_by")
    search_fields = ("invoice__number", "reference")
    ordering = ("-at", "-pk")


@admin.register(QuoteApproval)
class QuoteApprovalAdmin(ReadOnlyAdmin):
    """Who asked to sell below the limit, and who decided."""

    section, order = "work", 80
    list_display = ("quote", "state", "off_list", "limit", "asked_by", "asked_at", "decided_by", "decided_at")
    search_fields = ("quote__number", "quote__name")
    search_help_text = gettext_lazy("Number or subject of the quote.")
    list_select_related = ("quote", "asked_by", "decided_by")
    list_filter = ("state",)
    ordering = ("-asked_at", "-pk")


@admin.register(QuoteAcceptance)
class QuoteAcceptanceAdmin(ReadOnlyAdmin):
    """What customers agreed to: the version, the time, the place."""

    section, order = "work", 85
    list_display = ("quote", "name", "total", "at", "address", "version_hash")
    search_help_text = gettext_lazy("Name, or number of the quote.")
    list_filter = ("at",)
    list_select_related = ("quote",)
    search_fields = ("name", "quote__number")
    ordering = ("-at", "-pk")
