"""Writing products."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _
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
    money: ClassVar[tuple[str, ...]] = ("price", "cost")
    titled: ClassVar[frozenset[str]] = frozenset({"name", "variant"})
    searched: ClassVar[frozenset[str] | None] = frozenset({"name", "code", "series", "variant"})
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = PRODUCT_SYNONYMS

    def prepare(self, drafts: Sequence[Draft[Product]], ctx: WriteContext) -> None:
        """Price products in the base currency unless somebody says otherwise; keep their sort key."""
        base = Organisation.load().base_currency
        for draft in drafts:
            product = draft.record
            product.name = " ".join(product.name.split())
            product.code = product.code.strip()
            product.currency = product.currency or base
            product.unit, product.variant = product.unit.strip(), " ".join(product.variant.split())
            product.sort_name = sort_key(str(product))[:200]
        self._check_variants(drafts)

    def _check_variants(self, drafts: Sequence[Draft[Product]]) -> None:
        """A variant is of a product that is none itself, and says what makes it another."""
        asked = [draft for draft in drafts if draft.record.variant_of_id and draft.has_changed("variant_of")]
        ids = [draft.record.variant_of_id for draft in asked if draft.record.variant_of_id]
        nested = set(
            Product.all_objects.filter(pk__in=ids).exclude(variant_of=None).values_list("pk", flat=True)
        )
        parents = set(
            Product.objects.filter(
                variant_of__in=[draft.record.pk for draft in asked if draft.record.pk]
            ).values_list("variant_of", flat=True)
        )
        for draft in asked:
            if draft.record.variant_of_id in nested or draft.record.pk in parents:
                draft.error("variant_of", _("A variant can't have variants of its own."))
            elif not draft.record.variant:
                draft.error("variant", _("Say what makes it another: a colour, a size."), code="required")

    def subtitle(self, record: Product) -> str:
        return " · ".join(part for part in (record.code, record.series) if part)

    def search_text(self, record: Product) -> str:
        return f"{record.code} {record.series}"
