"""Web forms that strangers fill in, and each answer as it came."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class WebForm(models.Model):
    """A form on a page of its own and on other people's pages; what comes in becomes a record."""

    name = models.CharField(_("name"), max_length=120, help_text=_("For colleagues; visitors don't see it."))
    slug = models.SlugField(
        _("address"), max_length=60, unique=True, help_text=_("The form's own page is /f/ and this.")
    )
    is_published = models.BooleanField(_("published"), default=False)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Empty: the visitor's."),
    )
    title = models.CharField(pgettext_lazy("form", "title"), max_length=200, blank=True)
    intro = models.TextField(_("text above the fields"), blank=True)
    button = models.CharField(_("text of the button"), max_length=60, blank=True)
    thanks = models.TextField(_("thank-you text"), blank=True)
    redirect_url = models.URLField(
        _("lead on to"), blank=True, help_text=_("A page that opens after the answer, instead of the text.")
    )
    consent = models.TextField(
        _("consent"),
        blank=True,
        help_text=_(
            "What visitors agree to by a tick; kept with each answer as it was worded. Empty: no tick."
        ),
    )
    confirms = models.BooleanField(
        _("ask to confirm the address"),
        default=False,
        help_text=_("An answer counts only after the visitor confirmed it by a link in a letter."),
    )
    hosts = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("allowed sites"),
        default=list,
        blank=True,
        help_text=_("Sites that may show the form, as shop.example.com, with commas between. Empty: any."),
    )
    #: What becomes of an answer: the key of a taker, and what it wants to know.
    taker = models.CharField(_("answers become"), max_length=30, default="lead")
    takes = models.JSONField(default=dict, blank=True)
    #: The fields in their order: see ``contacts.webforms.spec``.
    fields = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("web form")
        verbose_name_plural = _("web forms")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contacts:webform", args=[self.pk])


class EntryState(models.TextChoices):
    """How far an answer has come."""

    WAITING = "waiting", _("To be confirmed")
    QUEUED = "queued", _("In line")
    DONE = "done", pgettext_lazy("answer", "Taken")
    SPAM = "spam", _("Spam")
    FAILED = "failed", pgettext_lazy("answer", "Failed")


class FormEntry(models.Model):
    """One answer to a form, kept before anything is made of it, so that none is lost."""

    form = models.ForeignKey(
        WebForm, verbose_name=_("form"), on_delete=models.CASCADE, related_name="entries"
    )
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("came"), default=timezone.now)
    answers = models.JSONField(_("answers"), default=dict)
    origin = models.JSONField(_("where from"), default=dict)
    address = models.GenericIPAddressField(_("network address"), null=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    consent = models.TextField(_("consent as worded"), blank=True)
    state = models.CharField(_("state"), max_length=8, choices=EntryState, default=EntryState.QUEUED)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    type_id = models.PositiveSmallIntegerField(null=True)
    record_id = models.BigIntegerField(null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("answer to a form")
        verbose_name_plural = _("answers to forms")
        indexes = (
            models.Index(fields=["id"], name="form_entry_queue", condition=models.Q(state="queued")),
            models.Index(fields=["form", "-id"], name="form_entry_of_form"),
        )

    def __str__(self) -> str:
        known: Any = self.answers
        return str(known.get("email") or known.get("name") or self.pk)
