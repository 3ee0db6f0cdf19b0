"""Addresses of home and reports."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [path("", views.home, name="home"), path("home.pdf", views.home_pdf, name="home_pdf")]
