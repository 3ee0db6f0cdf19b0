"""Writing products."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy

from crm.identity.models import Organisation
from crm.lib.names import sort_key
from crm.records.services import RecordService
from sales.models import Product
from sales.services.synonyms import PRODUCT_SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.drafts import Draft, WriteContext


class ProductService(RecordService[Product]):
    """The one way in which products are written."""

    model = Product
    mergeable: ClassVar[bool] = True
    together: ClassVar = {gettext_lazy("price"): ("price", "currency")}
    internal: ClassVar[frozenset[str]] = frozenset({"sort_name"})
    money: ClassVar[tuple[str, ...]] = ("price",)
    titled: ClassVar[frozenset[str]] = frozenset({"name"})
    searched: ClassVar[frozenset[str] | None] = frozenset({"name", "code", "series"})
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = PRODUCT_SYNONYMS

    def prepare(self, drafts: Sequence[Draft[Product]], ctx: WriteContext) -> None:
        """Price products in the base currency unless somebody says otherwise; keep their sort key."""
        base = Organisation.load().base_currency
        for draft in drafts:
            product = draft.record
            product.name = " ".join(product.name.split())
            product.code = product.code.strip()
            product.currency = product.currency or base
            product.sort_name = sort_key(product.name)[:200]

    def subtitle(self, record: Product) -> str:
        return " · ".join(part for part in (record.code, record.series) if part)

    def search_text(self, record: Product) -> str:
        return f"{record.code} {record.series}"
