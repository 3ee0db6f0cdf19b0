"""Every write of deals and products."""

from sales.services.deals import DealService
from sales.services.people import drop_person, put_person
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
    "drop_person",
    "lose_deals",
    "move_deals",
    "put_person",
    "reopen_deals",
    "win_deals",
]
