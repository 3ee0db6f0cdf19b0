"""Where the frame leads to in sales, and how many of my deals call for action."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.ui.navigation import NavItem
from crm.ui.navigation import register as register_item
from sales import selectors
from sales.models import Deal


def my_rotting(user: Any) -> int:
    """Count my deals that nobody has touched for too long."""
    return Deal.objects.filter(selectors.rotting(timezone.now()), owner=user).count()


def register() -> None:
    """Add deals and products."""
    register_item(
        NavItem(
            "deals",
            _("Deals"),
            "sales:deal_list",
            "currency-dollar",
            group="sales",
            permission="sales.deal",
            count=my_rotting,
            order=20,
            shortcut="d",
            quick="sales:deal_quick",
            quick_label=_("Deal"),
            bottom=3,
        )
    )
    register_item(
        NavItem(
            "board",
            _("Board"),
            "sales:deal_board",
            "layout-kanban",
            group="sales",
            permission="sales.deal",
            order=10,
            shortcut="b",
        )
    )
    register_item(
        NavItem(
            "products",
            _("Products"),
            "sales:product_list",
            "package",
            group="sales",
            permission="sales.product",
            order=60,
        )
    )
