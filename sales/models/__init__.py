"""Pipelines, products and deals, and what became of them."""

from sales.models.deal import Deal, DealPerson
from sales.models.history import DealSnapshot, StageChange
from sales.models.lead import LIVE, DropReason, Lead, LeadStatus
from sales.models.pipeline import LostReason, Pipeline, Stage, StageColor, StageKind
from sales.models.product import Product
from sales.models.score import ScoreModel

__all__ = [
    "LIVE",
    "Deal",
    "DealPerson",
    "DealSnapshot",
    "DropReason",
    "Lead",
    "LeadStatus",
    "LostReason",
    "Pipeline",
    "Product",
    "ScoreModel",
    "Stage",
    "StageChange",
    "StageColor",
    "StageKind",
]
