"""Every write of deals, products, quotes, orders and invoices."""

from sales.services.approvals import approve, ask_approval, reject
from sales.services.converting import LeadIsConverted, Wish, convert_lead
from sales.services.deals import DealService
from sales.services.leads import LeadService
from sales.services.leadverbs import assign_leads, drop_leads, reopen_leads, take_leads
from sales.services.lines import LINES
from sales.services.orders import (
    InvoiceService,
    OrderService,
    deliver,
    invoice_from_order,
    order_from_quote,
    reopen_orders,
    void_documents,
)
from sales.services.payments import pay, record_payment
from sales.services.people import drop_person, put_person
from sales.services.products import ProductService
from sales.services.quotes import QuoteService, set_lines
from sales.services.quoteverbs import (
    close_link,
    record_acceptance,
    record_decline,
    renew_link,
    revise_quote,
    revise_quotes,
    send_quotes,
    take_back,
)
from sales.services.verbs import (
    DealIsClosed,
    DealIsOpen,
    lose_deals,
    move_deals,
    reopen_deals,
    win_deals,
)

__all__ = [
    "LINES",
    "DealIsClosed",
    "DealIsOpen",
    "DealService",
    "InvoiceService",
    "LeadIsConverted",
    "LeadService",
    "OrderService",
    "ProductService",
    "QuoteService",
    "Wish",
    "approve",
    "ask_approval",
    "assign_leads",
    "close_link",
    "convert_lead",
    "deliver",
    "drop_leads",
    "drop_person",
    "invoice_from_order",
    "lose_deals",
    "move_deals",
    "order_from_quote",
    "pay",
    "put_person",
    "record_acceptance",
    "record_decline",
    "record_payment",
    "reject",
    "renew_link",
    "reopen_deals",
    "reopen_leads",
    "reopen_orders",
    "revise_quote",
    "revise_quotes",
    "send_quotes",
    "set_lines",
    "take_back",
    "take_leads",
    "void_documents",
    "win_deals",
]
