"""The columns of quotes, and what each may be asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Organisation
from crm.lib.money import from_minor
from crm.records.fields import Kind
from crm.ui.asking import ChoiceFilter, PeriodFilter, ReferenceFilter, YesNoFilter
from crm.ui.filters import ConditionFilter, RecordFilters
from crm.ui.tables import Column, Table
from sales.models import Quote, QuoteStatus
from sales.services.lines import as_rows

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from django.db.models import QuerySet

TONES = {
    QuoteStatus.DRAFT: "",
    QuoteStatus.WAITING: "warning",
    QuoteStatus.APPROVED: "accent",
    QuoteStatus.SENT: "accent",
    QuoteStatus.ACCEPTED: "success",
    QuoteStatus.DECLINED: "danger",
    QuoteStatus.EXPIRED: "warning",
    QuoteStatus.SUPERSEDED: "",
}


def base_amount(record: Any) -> Decimal:
    """Return the value in the base currency; ``QuoteTable.prepare`` says which that is."""
    return from_minor(record.base_minor, getattr(record, "base_currency", ""))


def lines_of(quote: Any) -> list[dict[str, Any]]:
    return as_rows(sorted(quote.lines.all(), key=lambda line: (line.position, line.pk)))


class DocumentTable(Table):
    """What the tables of quotes, orders and invoices have in common."""

    def prepare(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Tell each row the base currency, where a column shows it."""
        rows = super().prepare(rows)
        if "base_minor" not in self.names:
            return rows
        base = Value(Organisation.load().base_currency, output_field=CharField())
        valued: QuerySet[Any] = rows.annotate(base_currency=base)
        return valued


class QuoteTable(DocumentTable):
    """Every column that lists, exports and REST know of a quote."""

    columns = (
        Column("number", link=True),
        Column("name", sort="sort_name"),
        Column("revision"),
        Column("company"),
        Column("person"),
        Column("deal"),
        Column("total", sort="base_minor"),
        Column("base_minor", label=_("Value"), kind=Kind.MONEY, value=base_amount, currency="base_currency"),
        Column("status", tones=TONES),
        Column("valid_until"),
        Column("sent_at"),
        Column("opened_at"),
        Column("openings"),
        Column("answered_at"),
        Column("decline_reason"),
        Column("owner"),
        Column("team"),
        Column("net"),
        Column("tax_sum"),
        Column("discount"),
        Column("discount_amount"),
        Column("currency"),
        Column("rate"),
        Column("price_list"),
        Column("issuer"),
        Column("template"),
        Column("language"),
        Column("intro"),
        Column("terms"),
        Column("internal_note"),
        Column("next_due_at"),
        Column("last_touch_at"),
        Column("tags"),
        Column("created_at"),
        Column("created_by"),
        Column("updated_at"),
    )
    default = ("number", "name", "company", "total", "status", "valid_until", "opened_at", "owner")
    default_sort = "-created_at"
    summed = ("base_minor",)

    @property
    def offered(self) -> dict[str, Column]:
        """Leave out what tells the total where the total is hidden."""
        found = super().offered
        return (
            found if "total" in found else {name: one for name, one in found.items() if name != "base_minor"}
        )


def expires_soon(_user: Any, at: datetime) -> Q:
    today = timezone.localtime(at).date()
    return Q(status=QuoteStatus.SENT, is_current=True, valid_until__lte=today + timedelta(days=7))


def opened_without_answer(_user: Any, _at: datetime) -> Q:
    return Q(status=QuoteStatus.SENT, is_current=True, opened_at__isnull=False)


class QuoteFilters(RecordFilters):
    """What quotes can be asked."""

    status = ChoiceFilter()
    company = ReferenceFilter()
    person = ReferenceFilter()
    deal = ReferenceFilter()
    valid = PeriodFilter(field_name="valid_until")
    sent = PeriodFilter(field_name="sent_at")
    newest = YesNoFilter(field_name="is_current", label=_("Newest revision"), slow=True)
    expiring = ConditionFilter(
        label=_("Expires within a week"), q=expires_soon, reads=("status", "valid_until")
    )
    unanswered = ConditionFilter(
        label=_("Opened but unanswered"), q=opened_without_answer, reads=("status", "opened_at")
    )
    currency = ChoiceFilter(slow=True)

    class Meta:
        model = Quote
        fields: tuple[str, ...] = ()
