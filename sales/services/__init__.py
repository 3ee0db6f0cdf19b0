"""Every write of deals and products."""

from sales.services.converting import LeadIsConverted, Wish, convert_lead
from sales.services.deals import DealService
from sales.services.leads import LeadService
from sales.services.leadverbs import assign_leads, drop_leads, reopen_leads, take_leads
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
    "LeadIsConverted",
    "LeadService",
    "ProductService",
    "Wish",
    "assign_leads",
    "convert_lead",
    "drop_leads",
    "drop_person",
    "lose_deals",
    "move_deals",
    "put_person",
    "reopen_deals",
    "reopen_leads",
    "take_leads",
    "win_deals",
]
