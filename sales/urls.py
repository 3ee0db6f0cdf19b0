"""Addresses of leads, deals and products."""

from django.urls import path

from sales.leads.declaration import Leads
from sales.leads.likelihood import LikelihoodView
from sales.views import Deals, Products

app_name = "sales"
urlpatterns = [
    path("likelihood/", LikelihoodView.as_view(), name="likelihood"),
    *Leads.urls("leads"),
    *Deals.urls("deals"),
    *Products.urls("products"),
]
