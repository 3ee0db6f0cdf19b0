"""Addresses of leads, deals, products, quotes, orders and invoices."""

from django.urls import path

from sales.leads.declaration import Leads
from sales.leads.likelihood import LikelihoodView
from sales.orders.views import Invoices, Orders
from sales.quotes.views import Quotes
from sales.views import Deals, Products

app_name = "sales"
urlpatterns = [
    path("likelihood/", LikelihoodView.as_view(), name="likelihood"),
    *Leads.urls("leads"),
    *Deals.urls("deals"),
    *Products.urls("products"),
    *Quotes.urls("quotes"),
    *Orders.urls("orders"),
    *Invoices.urls("invoices"),
]
