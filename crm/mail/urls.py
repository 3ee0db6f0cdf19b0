"""Addresses of mail: the inbox, letters, mailboxes and their ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from crm.mail.views import inbox, mailboxes
from crm.mail.writing_urls import writing_urls

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "mail"

urlpatterns: list[URLPattern] = [
    path("inbox/", inbox.page, name="inbox"),
    path("inbox/image/", inbox.image, name="image"),
    path("inbox/files/<int:pk>/", inbox.file, name="file"),
    path("inbox/<int:pk>/", inbox.letter, name="message"),
    path("inbox/<int:pk>/act/", inbox.act, name="letter_act"),
    path("inbox/<int:pk>/body/", inbox.body, name="body"),
    path("settings/mailboxes/", mailboxes.listing, name="mailboxes"),
    path("settings/mailboxes/new/", mailboxes.new, name="new"),
    path("settings/mailboxes/back/", mailboxes.back, name="back"),
    path("settings/mailboxes/<int:pk>/", mailboxes.page, name="mailbox"),
    path("settings/mailboxes/<int:pk>/edit/", mailboxes.edit, name="edit"),
    path("settings/mailboxes/<int:pk>/act/", mailboxes.act, name="act"),
    path("settings/mailboxes/<int:pk>/permission/", mailboxes.permission, name="permission"),
    path("settings/mailboxes/letters/<int:pk>/source/", mailboxes.source, name="source"),
    path("settings/mailboxes/letters/<int:pk>/act/", mailboxes.row_act, name="row_act"),
    *writing_urls,
]
