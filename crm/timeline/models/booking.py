"""Pages on which strangers book a time, and what they booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.timeline.models.activities import Activity
from crm.timeline.models.worktime import WorkCalendar

if TYPE_CHECKING:
    from crm.identity.models import User


class BookingPage(models.Model):
    """What can be booked, with whom, and when."""

    class Hosts(models.TextChoices):
        ANY = "any", _("One of them, in turn")
        ALL = "all", _("All of them together")

    slug = models.SlugField(
        _("address"), max_length=60, unique=True, help_text=_("The page is at /b/address/.")
    )
    title = models.CharField(
        _("title"), max_length=120, help_text=_("What guests book, such as “First talk”.")
    )
    text = models.TextField(_("text"), blank=True, help_text=_("Stands above the choice of times."))
    hosts: models.ManyToManyField[User, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("hosts"), related_name="+"
    )
    mode = models.CharField(_("who of them"), max_length=4, choices=Hosts, default=Hosts.ANY)
    minutes = models.PositiveSmallIntegerField(
        _("length, minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    step = models.PositiveSmallIntegerField(
        _("a time on offer every … minutes"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
    )
    buffer_before = models.PositiveSmallIntegerField(
        _("free before, minutes"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        _("free after, minutes"), default=0, validators=[MaxValueValidator(240)]
    )
    notice_hours = models.PositiveSmallIntegerField(
        _("notice, hours"), default=4, help_text=_("Nothing sooner than this is on offer.")
    )
    days_ahead = models.PositiveSmallIntegerField(
        _("days ahead"), default=30, validators=[MinValueValidator(1), MaxValueValidator(180)]
    )
    per_day = models.PositiveSmallIntegerField(
        _("most per day and host"), null=True, blank=True, help_text=_("Empty: as many as fit.")
    )
    calendar = models.ForeignKey(
        WorkCalendar,
        verbose_name=_("hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("When it can be booked; empty: in the usual working hours."),
    )
    place = models.CharField(_("place or link"), max_length=300, blank=True)
    asks_phone = models.BooleanField(_("asks for a phone"), default=False)
    is_active = models.BooleanField(_("open for bookings"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("booking page")
        verbose_name_plural = _("booking pages")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/b/{self.slug}/"


class Booking(models.Model):
    """One time that a guest booked."""

    page = models.ForeignKey(BookingPage, on_delete=models.PROTECT, related_name="bookings")
    activity = models.OneToOneField(Activity, null=True, on_delete=models.SET_NULL, related_name="booking")
    name = models.CharField(_("name"), max_length=200)
    email = models.CharField(_("e-mail"), max_length=254)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True)
    language = models.CharField(max_length=8, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    token = models.CharField(max_length=64, unique=True, help_text=_("Opens the page of this booking."))
    #: What the guest's form was named: sent twice it books once.
    form_key = models.CharField(max_length=64, unique=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    created_at = models.DateTimeField(default=timezone.now)

    if TYPE_CHECKING:
        page_id: int

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = (models.Index(fields=["page", "starts_at"], name="booking_by_page"),)

    def __str__(self) -> str:
        return f"{self.name}, {self.starts_at:%Y-%m-%d %H:%M}"


class BookedHost(models.Model):
    """The time of one host that a booking takes, buffers included. The database keeps them apart."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="taken")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    during = DateTimeRangeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("booked time")
        verbose_name_plural = _("booked times")
        constraints = (
            ExclusionConstraint(
                name="booked_host_once",
                expressions=[("user", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(is_active=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.during}"
