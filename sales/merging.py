"""What sales keep of people, companies and products, and what becomes of it when these are merged."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.records.merging import Held, hold


def register() -> None:
    """Hand in deals, and who has a say in them."""
    hold(
        Held("sales.lead", "company"),
        Held("sales.lead", "person"),
        Held("sales.lead", "product"),
        Held("sales.deal", "company"),
        Held("sales.deal", "person", label=_("deals led")),
        Held("sales.deal", "product"),
        Held("sales.quote", "company"),
        Held("sales.quote", "person"),
        Held("sales.order", "company"),
        Held("sales.order", "person"),
        Held("sales.invoice", "company"),
        Held("sales.invoice", "person"),
        Held("sales.product", "variant_of", label=_("variants")),
        Held("sales.dealline", "product", is_searched=False),
        Held("sales.quoteline", "product", is_searched=False),
        Held("sales.orderline", "product", is_searched=False),
        Held("sales.invoiceline", "product", is_searched=False),
        Held("sales.pricerule", "product", is_searched=False),
        Held("sales.pricelist_companies", "company", same=("pricelist_id",), is_searched=False),
        Held("sales.dealperson", "person", label=_("roles in deals"), same=("deal_id",), fill=("role",)),
    )
