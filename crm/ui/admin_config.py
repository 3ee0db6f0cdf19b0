"""Puts the product's administration site in the place of Django's own."""

from django.contrib.admin.apps import AdminConfig


class AdminSiteConfig(AdminConfig):
    default_site = "crm.ui.admin.ArtelAdminSite"
