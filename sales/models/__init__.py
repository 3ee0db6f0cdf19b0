"""Pipelines, products and deals, quotes, orders and invoices, and what became of them."""

from sales.models.catalogue import Period, ProductCategory, Tax
from sales.models.clock import ResponseClock
from sales.models.deal import Deal, DealPerson
from sales.models.documents import (
    Issuer,
    NumberCounter,
    Numbered,
    NumberSeries,
    QuoteTemplate,
    SectionPlace,
    TemplateSection,
)
from sales.models.history import DealSnapshot, StageChange
from sales.models.lead import LIVE, DropReason, Lead, LeadStatus
from sales.models.line import DealLine, Line, LineKind
from sales.models.order import (
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
)
from sales.models.pipeline import LostReason, Pipeline, Stage, StageColor, StageKind
from sales.models.pricelist import PriceList, PriceRule, RuleBase, RuleKind
from sales.models.product import Product
from sales.models.quote import (
    DiscountLimit,
    Quote,
    QuoteApproval,
    QuoteFamily,
    QuoteLine,
    QuoteStatus,
)
from sales.models.room import QuoteAcceptance, QuoteOpening, QuoteQuestion
from sales.models.score import ScoreModel

__all__ = [
    "LIVE",
    "Deal",
    "DealLine",
    "DealPerson",
    "DealSnapshot",
    "DiscountLimit",
    "DropReason",
    "Invoice",
    "InvoiceLine",
    "InvoiceStatus",
    "Issuer",
    "Lead",
    "LeadStatus",
    "Line",
    "LineKind",
    "LostReason",
    "NumberCounter",
    "NumberSeries",
    "Numbered",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Payment",
    "Period",
    "Pipeline",
    "PriceList",
    "PriceRule",
    "Product",
    "ProductCategory",
    "Quote",
    "QuoteAcceptance",
    "QuoteApproval",
    "QuoteFamily",
    "QuoteLine",
    "QuoteOpening",
    "QuoteQuestion",
    "QuoteStatus",
    "QuoteTemplate",
    "ResponseClock",
    "RuleBase",
    "RuleKind",
    "ScoreModel",
    "SectionPlace",
    "Stage",
    "StageChange",
    "StageColor",
    "StageKind",
    "Tax",
    "TemplateSection",
]
