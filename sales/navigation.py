"""Where the frame leads to in sales."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.ui.navigation import NavItem
from crm.ui.navigation import register as register_item

ITEMS = (
    NavItem(
        "leads",
        _("Leads"),
        "sales:lead_list",
        "magnet",
        group="sales",
        permission="sales.lead",
        order=5,
        shortcut="l",
        quick="sales:lead_quick",
        quick_label=_("Lead"),
    ),
    NavItem(
        "deals",
        _("Deals"),
        "sales:deal_list",
        "currency-dollar",
        group="sales",
        permission="sales.deal",
        order=20,
        shortcut="d",
        quick="sales:deal_quick",
        quick_label=_("Deal"),
        bottom=3,
    ),
    NavItem(
        "board",
        _("Board"),
        "sales:deal_board",
        "layout-kanban",
        group="sales",
        permission="sales.deal",
        order=10,
        shortcut="b",
    ),
    NavItem(
        "quotes",
        _("Quotes"),
        "sales:quote_list",
        "file-text",
        group="sales",
        permission="sales.quote",
        order=30,
        quick="sales:quote_quick",
        quick_label=_("Quote"),
    ),
    NavItem(
        "invoices",
        _("Invoices"),
        "sales:invoice_list",
        "file-invoice",
        group="sales",
        permission="sales.invoice",
        order=35,
    ),
    NavItem(
        "products",
        _("Products"),
        "sales:product_list",
        "package",
        group="sales",
        permission="sales.product",
        order=60,
    ),
)


def register() -> None:
    """Add leads, deals and products."""
    for item in ITEMS:
        register_item(item)
