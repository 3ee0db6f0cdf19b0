"""The columns of deals and products, and how each is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Value
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.identity.models import Organisation
from crm.lib.money import from_minor
from crm.records.fields import Kind
from crm.ui.tables import Column, Table
from sales.models import Deal, StageKind

if TYPE_CHECKING:
    from decimal import Decimal

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

#: Columns that tell the amount in another form.
RECKONED = ("base_minor", "weighted")
STATUS_TONES = {StageKind.OPEN: "accent", StageKind.WON: "success", StageKind.LOST: "danger"}


def stage_badge(deal: Deal) -> SafeString:
    """Show the stage in its colour."""
    return format_html('<span class="badge {}">{}</span>', deal.stage.paint, deal.stage)


def base_amount(deal: Any) -> Decimal:
    """Return the value in the base currency; ``DealTable.prepare`` says which that is."""
    return from_minor(deal.base_minor, getattr(deal, "base_currency", ""))


def weighted_amount(deal: Any) -> Decimal:
    """Return the value in the base currency times the probability."""
    return from_minor(deal.weighted_minor, getattr(deal, "base_currency", ""))


class DealTable(Table):
    """Every column that lists, exports and REST know of a deal."""

    columns = (
        Column("name", link=True, sort="sort_name"),
        Column("number", kind=Kind.TEXT, align="end"),
        Column("company"),
        Column("person"),
        Column("amount", sort="base_minor"),
        Column(
            "base_minor",
            label=pgettext_lazy("sum", "Value"),
            kind=Kind.MONEY,
            value=base_amount,
            currency="base_currency",
        ),
        Column(
            "weighted",
            label=_("Weighted"),
            kind=Kind.MONEY,
            value=weighted_amount,
            currency="base_currency",
        ),
        Column("stage", render=stage_badge, needs=("stage",)),
        Column("pipeline"),
        Column("status", tones=STATUS_TONES),
        Column("probability"),
        Column("expected_on"),
        Column("closed_at"),
        Column("opened_on"),
        Column("owner"),
        Column("team"),
        Column("product"),
        Column("source"),
        Column("next_step"),
        Column("next_due_at"),
        Column("last_touch_at"),
        Column("stage_entered_at"),
        Column("lost_reason"),
        Column("lost_note"),
        Column("currency"),
        Column("rate"),
        Column("description"),
        Column("tags"),
        Column("created_at"),
        Column("created_by"),
        Column("updated_at"),
    )
    default = ("name", "company", "amount", "stage", "expected_on", "owner", "next_due_at", "last_touch_at")
    default_sort = "-created_at"
    summed = ("base_minor",)

    @property
    def offered(self) -> dict[str, Column]:
        """Leave out what is reckoned from the amount where the amount is hidden."""
        found = super().offered
        return (
            found if "amount" in found else {name: one for name, one in found.items() if name not in RECKONED}
        )

    def prepare(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Tell each row the base currency, where a column shows it."""
        rows = super().prepare(rows)
        if not {"base_minor", "weighted"}.intersection(self.names):
            return rows
        base = Value(Organisation.load().base_currency, output_field=CharField())
        valued: QuerySet[Any] = rows.annotate(base_currency=base)
        return valued


class ProductTable(Table):
    """Every column of a product."""

    columns = (
        Column("name", link=True, sort="sort_name"),
        Column("code"),
        Column("category"),
        Column("series"),
        Column("unit"),
        Column("price"),
        Column("cost"),
        Column("tax"),
        Column("period"),
        Column("variant_of"),
        Column("variant"),
        Column("currency"),
        Column("is_active"),
        Column("description"),
        Column("owner"),
        Column("team"),
        Column("tags"),
        Column("created_at"),
        Column("updated_at"),
    )
    default = ("name", "code", "category", "price", "unit", "is_active")
    default_sort = "name"
