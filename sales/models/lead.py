"""A lead: somebody who showed interest, before anybody knows whether a deal comes of it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.identity.small import SmallTable
from crm.records.models import Record
from crm.records.registry import RecordType

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)


class LeadStatus(models.TextChoices):
    """How far somebody has come with a lead."""

    NEW = "new", pgettext_lazy("lead", "New")
    WORKING = "working", pgettext_lazy("lead", "In work")
    LATER = "later", pgettext_lazy("lead", "Later")
    CONVERTED = "converted", pgettext_lazy("lead", "Converted")
    DROPPED = "dropped", pgettext_lazy("lead", "Dropped")


#: Where somebody still has to do something.
LIVE = (LeadStatus.NEW, LeadStatus.WORKING, LeadStatus.LATER)


class DropReason(SmallTable):
    """Why leads are dropped, as figures count it."""

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("What is switched off stays on old leads but is not offered.")
    )
    is_spam = models.BooleanField(
        _("is spam"), default=False, help_text=_("Figures leave such leads out, as if they never came.")
    )

    class Meta:
        verbose_name = _("reason for dropping a lead")
        verbose_name_plural = _("reasons for dropping leads")
        constraints = (
            models.UniqueConstraint(
                models.functions.Lower("name"),
                name="drop_reason_name_unique",
                violation_error_message=_("There is a reason of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[DropReason]:
        """Return the reasons that a person may give."""
        return cls.objects.filter(is_active=True).order_by("position", "pk")


class Lead(Record):
    """One showing of interest, as it came in: raw names, where from, and what became of it."""

    record_type = RecordType(id=5, slug="leads", trade="sales", icon="magnet", new=_("New lead"))

    name = models.CharField(
        _("what about"),
        max_length=250,
        blank=True,
        help_text=_("Left empty, it is made of the person and the company."),
    )
    sort_name = models.CharField(max_length=250, editable=False)
    person_name = models.CharField(_("person's name"), max_length=200, blank=True)
    company_name = models.CharField(_("company's name"), max_length=200, blank=True)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    website = models.CharField(_("website"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    message = models.TextField(_("message"), blank=True)
    status = models.CharField(_("status"), max_length=9, choices=LeadStatus, default=LeadStatus.NEW)
    is_live = models.BooleanField(_("open"), default=True, editable=False)
    status_since = models.DateTimeField(_("in this status since"), editable=False)
    drop_reason = models.ForeignKey(
        DropReason,
        verbose_name=_("reason for dropping"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="leads",
    )
    drop_note = models.TextField(_("what happened"), blank=True)
    pipeline = models.ForeignKey(
        "sales.Pipeline",
        verbose_name=_("for pipeline"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    product = models.ForeignKey(
        "sales.Product",
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="leads",
    )
    source = models.ForeignKey(
        "contacts.Source",
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    utm_source = models.CharField(_("UTM source"), max_length=200, blank=True)
    utm_medium = models.CharField(_("UTM medium"), max_length=200, blank=True)
    utm_campaign = models.CharField(_("UTM campaign"), max_length=200, blank=True)
    utm_content = models.CharField(_("UTM content"), max_length=200, blank=True)
    utm_term = models.CharField(_("UTM term"), max_length=200, blank=True)
    referrer = models.CharField(_("came from the page"), max_length=1000, blank=True)
    landing_page = models.CharField(_("landed on the page"), max_length=1000, blank=True)
    company = models.ForeignKey(
        "contacts.Company",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="leads",
    )
    person = models.ForeignKey(
        "contacts.Person",
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="leads",
    )
    deal = models.ForeignKey(
        "sales.Deal",
        verbose_name=_("deal"),
        null=True,
        editable=False,
        on_delete=models.RESTRICT,
        related_name="leads",
    )
    converted_at = models.DateTimeField(_("converted"), null=True, editable=False)
    assigned_at = models.DateTimeField(_("assigned"), null=True, editable=False)
    assigned_why = models.CharField(_("why assigned"), max_length=500, blank=True, editable=False)
    response_due_at = models.DateTimeField(_("answer due"), null=True, editable=False)
    responded_at = models.DateTimeField(_("answered"), null=True, editable=False)
    points = models.IntegerField(_("points"), default=0, editable=False)
    likelihood = models.DecimalField(
        _("likelihood, %"), max_digits=5, decimal_places=2, null=True, editable=False
    )

    class Meta(Record.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = (
            models.CheckConstraint(condition=~models.Q(name=""), name="lead_has_name"),
            models.CheckConstraint(
                condition=models.Q(status__in=LeadStatus.values), name="lead_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=LIVE, is_live=True)
                | (~models.Q(status__in=LIVE) & models.Q(is_live=False)),
                name="lead_live_fits_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status=LeadStatus.CONVERTED, converted_at__isnull=False)
                | (~models.Q(status=LeadStatus.CONVERTED) & models.Q(converted_at=None, deal=None)),
                name="lead_converted_has_date",
            ),
            models.CheckConstraint(
                condition=models.Q(status=LeadStatus.DROPPED, drop_reason__isnull=False)
                | (~models.Q(status=LeadStatus.DROPPED) & models.Q(drop_reason=None)),
                name="lead_dropped_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=["sort_name", "id"], name="lead_by_name", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="lead_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="lead_by_updated", condition=ALIVE),
            models.Index(fields=["status", "created_at", "id"], name="lead_by_status", condition=ALIVE),
            models.Index(fields=["next_due_at", "id"], name="lead_by_due", condition=ALIVE),
            models.Index(fields=["last_touch_at", "id"], name="lead_by_touch", condition=ALIVE),
            models.Index(fields=["points", "id"], name="lead_by_points", condition=ALIVE),
            models.Index(fields=["likelihood", "id"], name="lead_by_likelihood", condition=ALIVE),
            models.Index(
                fields=["response_due_at", "id"],
                name="lead_unanswered",
                condition=models.Q(responded_at=None, is_live=True, deleted_at=None),
            ),
            models.Index(fields=["email"], name="lead_email", condition=~models.Q(email="")),
            models.Index(fields=["phone"], name="lead_phone", condition=~models.Q(phone="")),
            models.Index(fields=["utm_campaign", "id"], name="lead_by_campaign", condition=ALIVE),
            GinIndex(fields=["tags"], name="lead_tags"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="lead_custom"),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="lead_name_trgm"),
            models.Index(fields=["-deleted_at", "-id"], name="lead_bin", condition=IN_BIN),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sales:lead_detail", args=[self.pk])

    @property
    def is_converted(self) -> bool:
        return self.status == LeadStatus.CONVERTED

    @property
    def is_dropped(self) -> bool:
        return self.status == LeadStatus.DROPPED
