"""Addresses of mail: the inbox, letters, mailboxes and their ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.mail.writing_urls import writing_urls

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "mail"

urlpatterns: list[URLPattern] = [*writing_urls]
