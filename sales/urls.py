"""Addresses of deals and products."""

from sales.views import Deals, Products

app_name = "sales"
urlpatterns = [*Deals.urls("deals"), *Products.urls("products")]
