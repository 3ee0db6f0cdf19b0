"""A person, and the jobs they have or had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models.holder import ALIVE, IN_BIN, Holder
from contacts.models.languages import Language
from crm.identity import reader
from crm.identity.models import validate_time_zone
from crm.records.registry import RecordType

if TYPE_CHECKING:
    from contacts.models.company import Company


#: The sort key of people without a name: after the letters of every script.
NAMELESS = "\uf8ff"


class Person(Holder):
    """Somebody we talk to. Where they work is told by employments; the present one is copied here."""

    record_type = RecordType(id=1, slug="people", trade="ground", icon="user", new=_("New person"))

    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    middle_name = models.CharField(_("middle name or patronymic"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=302, blank=True, editable=False)
    sort_name = models.CharField(max_length=302, editable=False)
    salutation = models.CharField(
        _("salutation"),
        max_length=40,
        blank=True,
        help_text=_("What letters begin with: Mr, Dr, Dear Anna."),
    )
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True, choices=Language)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    do_not_contact = models.BooleanField(
        _("do not contact"), default=False, help_text=_("This person asked to be left alone.")
    )
    company = models.ForeignKey(
        "contacts.Company",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="present_people",
    )
    #: The company's sort key: lists are sorted by what stands in their own table.
    company_sort = models.CharField(max_length=250, blank=True, editable=False)
    job_title = models.CharField(_("job title"), max_length=160, blank=True)

    class Meta(Holder.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(name="", email="", phone=""),
                name="person_has_name",
                violation_error_message=_("Give a name, an e-mail or a phone."),
            ),
        )
        indexes = (
            models.Index(fields=["sort_name", "id"], name="person_by_name", condition=ALIVE),
            models.Index(fields=["company_sort", "id"], name="person_by_company", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="person_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="person_by_updated", condition=ALIVE),
            models.Index(fields=["last_touch_at", "id"], name="person_by_touch", condition=ALIVE),
            models.Index(fields=["next_due_at", "id"], name="person_by_due", condition=ALIVE),
            GinIndex(fields=["tags"], name="person_tags"),
            models.Index(fields=["-deleted_at", "-id"], name="person_bin", condition=IN_BIN),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="person_custom"),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="person_name_trgm"),
            models.Index(Lower("name"), name="person_lower_name"),
            models.Index(Lower("last_name"), name="person_lower_last_name"),
        )

    def __str__(self) -> str:
        return self.name or self.reached or self.numbered

    @property
    def numbered(self) -> str:
        """What somebody without a name is called: "Person #12"."""
        return _("Person #%(number)d") % {"number": self.pk or 0}

    @property
    def reached(self) -> str:
        """E-mail or phone in place of a name, for a reader who is known and sees it; else nothing."""
        hidden = reader.hidden(Person)
        shown = (one for one in ("email", "phone") if hidden is not None and one not in hidden)
        return next((str(value) for one in shown if (value := getattr(self, one))), "")

    def get_absolute_url(self) -> str:
        return reverse("contacts:person_detail", args=[self.pk])

    @property
    def greeting(self) -> str:
        """What a letter may call this person."""
        spoken = " ".join(part for part in (self.first_name, self.middle_name) if part)
        return self.salutation or spoken or self.name


class Employment(models.Model):
    """One person at one company, from a day to a day."""

    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="employments"
    )
    company: models.ForeignKey[Company, Company] = models.ForeignKey(
        "contacts.Company",
        verbose_name=_("company"),
        on_delete=models.RESTRICT,
        db_index=False,  # the index below begins with it
        related_name="employments",
    )
    title = models.CharField(_("job title"), max_length=160, blank=True)
    department = models.CharField(_("department"), max_length=120, blank=True)
    is_primary = models.BooleanField(_("main job"), default=True)
    started_on = models.DateField(_("since"), null=True, blank=True)
    ended_on = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("employment")
        verbose_name_plural = _("employments")
        constraints = (
            models.UniqueConstraint(
                fields=["person"],
                name="employment_one_main",
                condition=models.Q(is_primary=True),
                violation_error_message=_("A person has one main job."),
            ),
            models.UniqueConstraint(
                fields=["person", "company"],
                name="employment_one_current",
                condition=models.Q(ended_on=None),
                violation_error_message=_("This person works at this company already."),
            ),
            models.CheckConstraint(
                condition=models.Q(is_primary=False) | models.Q(ended_on=None),
                name="employment_main_is_current",
                violation_error_message=_("A job that has ended can't be the main one."),
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None)
                | models.Q(started_on=None)
                | models.Q(ended_on__gte=models.F("started_on")),
                name="employment_in_order",
                violation_error_message=_("The last day lies before the first."),
            ),
        )
        indexes = (models.Index(fields=["company", "ended_on"], name="employment_company"),)

    def __str__(self) -> str:
        return f"{self.person} · {self.company}"

    @property
    def is_current(self) -> bool:
        return self.ended_on is None
