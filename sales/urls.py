"""Addresses of leads, deals and products."""

from sales.leads.declaration import Leads
from sales.views import Deals, Products

app_name = "sales"
urlpatterns = [*Leads.urls("leads"), *Deals.urls("deals"), *Products.urls("products")]
