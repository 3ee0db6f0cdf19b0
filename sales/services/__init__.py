"""Every write of deals and products."""

from sales.services.deals import DealService
from sales.services.products import ProductService
from sales.services.verbs import (
    DealIsClosed,
    DealIsOpen,
    lose_deals,
    move_deals,
    reopen_deals,
    win_deals,
)

__all__ = [
    "DealIsClosed",
    "DealIsOpen",
    "DealService",
    "ProductService",
    "lose_deals",
    "move_deals",
    "reopen_deals",
    "win_deals",
]
