"""What a list adds up: how each total is asked of the database, written for people, and given to programs.

Sums are of numbers, and of money in one currency only: the base currency, or that of a custom field.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from crm.identity.models import Organisation
from crm.lib.money import format_money, from_minor
from crm.records.customfields.field import Made
from crm.ui import formats
from crm.ui.customsort import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.ui.tables import BoundColumn, Table

MINOR = "_minor"


class Total:
    """One column and how it is added up."""

    def __init__(self, column: BoundColumn) -> None:
        self.column = column
        self.name = column.name
        self.label = column.label
        made = column.field if isinstance(column.field, Made) else None
        self.sum = Sum(value_of(made) if made else self.name)
        self.is_money = self.name.endswith(MINOR) or bool(made and made.currency)
        self.currency = made.currency if made else Organisation.load().base_currency

    @property
    def key(self) -> str:
        """Under which the sum stands in a query."""
        return f"sum_{self.name}"

    def value(self, found: Any) -> Decimal | int:
        """Return a sum as a number; what is kept in minor units in whole ones."""
        if found is None:
            return 0
        if self.name.endswith(MINOR):
            return from_minor(int(found), self.currency)
        return found if isinstance(found, int) else Decimal(str(found))

    def text(self, found: Any) -> str:
        """Write a sum for a person."""
        value = self.value(found)
        return format_money(value, self.currency) if self.is_money else formats.text_number(value)


def totals_of(table: Table) -> list[Total]:
    """Return what a list adds up, under the rights of its viewer."""
    bound = (table.column(name) for name in table.totals)
    return [Total(column) for column in bound if column is not None]


def sums_of(totals: Iterable[Total]) -> dict[str, Sum]:
    """Return the sums as a query asks for them."""
    return {one.key: one.sum for one in totals}
