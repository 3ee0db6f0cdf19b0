"""What happens in a quote room: openings, questions and answers, and the customer's yes or no."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sales.models.quote import Quote, QuoteFamily


class QuoteOpening(models.Model):
    """One visit of somebody who has the link. Colleagues' own looks are not counted."""

    family = models.ForeignKey(QuoteFamily, on_delete=models.CASCADE, related_name="visits")
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="visits")
    at = models.DateTimeField(_("opened"))
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("opening of a quote")
        verbose_name_plural = _("openings of quotes")
        indexes = (models.Index(fields=["family", "-at"], name="quote_opening_recent"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.address or ''}"


class QuoteQuestion(models.Model):
    """What is asked and answered about a line, or about the whole quote, by either side."""

    family = models.ForeignKey(QuoteFamily, on_delete=models.CASCADE, related_name="questions")
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="questions")
    line_key = models.CharField(max_length=12, blank=True)
    line_name = models.CharField(_("line"), max_length=300, blank=True)
    text = models.TextField(_("text"))
    #: Empty for what the customer writes.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("question about a quote")
        verbose_name_plural = _("questions about quotes")
        indexes = (models.Index(fields=["family", "at"], name="quote_question_in_order"),)

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_customers(self) -> bool:
        return self.author_id is None


class QuoteAcceptance(models.Model):
    """A customer's yes: to which version, by whom, when, from where, and with what signature."""

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="acceptance")
    name = models.CharField(_("name"), max_length=200)
    #: A drawn name as a PNG; empty where it was typed.
    drawing = models.BinaryField(default=bytes)
    version_hash = models.CharField(_("hash of the version"), max_length=64)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=3)
    options = models.JSONField(_("options taken"), default=list)
    at = models.DateTimeField(_("accepted"))
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    #: A colleague who wrote down what the customer said by other means.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("acceptance of a quote")
        verbose_name_plural = _("acceptances of quotes")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"
