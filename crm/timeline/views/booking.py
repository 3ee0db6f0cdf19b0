"""``/b/first-talk/``: strangers choose a time, say who they are, and later move it or call it off."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache

from crm.identity.models import Organisation
from crm.lib.hours import midnight_of
from crm.timeline import freetimes, ical, limits
from crm.timeline.models import Booking, BookingPage
from crm.timeline.services import bookings
from crm.timeline.services.bookings import Taken, Visitor
from crm.ui.errors import too_many

if TYPE_CHECKING:
    from crm.timeline.freetimes import Slot

LANGUAGES = ("en", "ru")
WEEK = timedelta(days=7)
HOUR = 3600


class VisitorForm(forms.Form):
    """Who books."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    note = forms.CharField(
        label=gettext_lazy("What is it about?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    #: People don't see it; whoever fills it in is none.
    website = forms.CharField(required=False, max_length=200)
    form_key = forms.CharField(max_length=64, min_length=16)

    def __init__(self, *args: Any, asks_phone: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_phone:
            del self.fields["phone"]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-control"
            field.widget.attrs["id"] = f"id_{name}"


@method_decorator(never_cache, name="dispatch")
class Public(View):
    """What public pages share: the language and the zone of the visitor, and limits."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.at = timezone.now()
        address = limits.address_of(request)
        if not limits.allow("booking-page", address, most=600, seconds=HOUR):
            return too_many(request)
        if request.method == "POST" and not limits.allow("booking", address, most=30, seconds=HOUR):
            return too_many(request)
        asked = request.GET.get("lang", "")
        self.language = asked if asked in LANGUAGES else (translation.get_language() or "en")[:2]
        wanted = request.GET.get("tz", "")
        self.zone_name = wanted if wanted in available_timezones() else ""
        with translation.override(self.language):
            return super().dispatch(request, *args, **kwargs)

    def zone_of(self, page: BookingPage) -> ZoneInfo:
        """Return the zone the visitor chose; until then that of the hours."""
        calendar = page.calendar
        return ZoneInfo(self.zone_name or (calendar.time_zone if calendar else Organisation.load().time_zone))

    def draw(self, template: str, page: BookingPage, zone: ZoneInfo, **context: Any) -> HttpResponse:
        status = context.pop("status", 200)
        values = {
            "page": page,
            "zone": zone.key,
            "zone_chosen": bool(self.zone_name),
            "language": self.language,
            "company": Organisation.load(),
            "languages": [("en", "English"), ("ru", "Русский")],
            **context,
        }
        with timezone.override(zone):
            response = render(self.request, f"timeline/booking/{template}.html", values, status=status)
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Content-Language"] = self.language
        return response

    def days(self, page: BookingPage, zone: ZoneInfo, *, without: int | None = None) -> dict[str, Any]:
        """Return a week of free times by the visitor's days, and where earlier and later ones are."""
        today = self.at.astimezone(zone).date()
        first = read_day(self.request.GET.get("from", "")) or today
        last_day = today + timedelta(days=page.days_ahead)
        first = min(max(first, today), last_day)
        start, end = midnight_of(first, zone), midnight_of(first + WEEK, zone)
        found = freetimes.slots(page, start, end, self.at, without=without)
        is_first_empty = not found and "from" not in self.request.GET
        if is_first_empty:
            # Nothing this week: the first week in which something is free.
            later = freetimes.slots(page, end, midnight_of(last_day + WEEK, zone), self.at, without=without)
            if later:
                first = later[0].start.astimezone(zone).date()
                start, end = midnight_of(first, zone), midnight_of(first + WEEK, zone)
                found = [one for one in later if one.start < end]
        return {
            "days": by_day(found, zone),
            "earlier": first - WEEK if first > today else None,
            "later": first + WEEK if first + WEEK <= last_day else None,
        }


def by_day(found: list[Slot], zone: ZoneInfo) -> list[tuple[date, list[datetime]]]:
    moments = [one.start.astimezone(zone) for one in found]
    return [(day, list(several)) for day, several in groupby(moments, key=lambda one: one.date())]


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


class BookTime(Public):
    """Choose a time, then say who one is."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        page = get_object_or_404(BookingPage.objects.select_related("calendar"), slug=slug)
        zone = self.zone_of(page)
        if not page.is_active:
            return self.draw("closed", page, zone, status=404)
        start = read_moment(request.GET.get("at", ""))
        if start is None:
            return self.draw("times", page, zone, **self.days(page, zone), zones=zones())
        form = VisitorForm(initial={"form_key": secrets.token_urlsafe(18)}, asks_phone=page.asks_phone)
        return self.draw("who", page, zone, start=start.astimezone(zone), form=form)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        page = get_object_or_404(BookingPage.objects.select_related("calendar"), slug=slug, is_active=True)
        zone = self.zone_of(page)
        start = read_moment(request.GET.get("at", ""))
        if start is None:
            raise Http404
        form = VisitorForm(request.POST, asks_phone=page.asks_phone)
        if not form.is_valid():
            return self.draw("who", page, zone, start=start.astimezone(zone), form=form, status=422)
        given = form.cleaned_data
        if given["website"]:
            raise Http404
        if not limits.allow("booking-mail", given["email"].lower(), most=10, seconds=24 * HOUR):
            return too_many(request)
        visitor = Visitor(
            given["name"],
            given["email"].lower(),
            zone.key,
            given.get("phone", ""),
            given["note"],
            self.language,
        )
        try:
            booking = bookings.book(
                page=page, start=start, visitor=visitor, form_key=given["form_key"], at=self.at
            )
        except Taken as taken:
            problem = " ".join(taken.messages)
            context = self.days(page, zone) | {"problem": problem, "zones": zones()}
            return self.draw("times", page, zone, status=409, **context)
        return redirect(f"{booking_url(booking)}?lang={self.language}&tz={zone.key}")


def booking_url(booking: Booking) -> str:
    return reverse("timeline:booking", args=[booking.page.slug, booking.token])


def zones() -> list[str]:
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


class BookedTime(Public):
    """``/b/first-talk/<token>/``: what was booked; moved or called off here."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = Booking.objects.select_related("page", "page__calendar", "activity", "activity__owner")
        self.booking = get_object_or_404(rows, token=kwargs["token"], page__slug=kwargs["slug"])
        return super().dispatch(request, *args, **kwargs)

    def zone_of(self, page: BookingPage) -> ZoneInfo:
        return ZoneInfo(self.zone_name or self.booking.time_zone)

    def get(self, request: HttpRequest, slug: str, token: str) -> HttpResponse:
        page, zone = self.booking.page, self.zone_of(self.booking.page)
        if "ics" in request.GET:
            return self.file()
        if "move" in request.GET and self.is_open:
            start = read_moment(request.GET.get("at", ""))
            if start is not None:
                return self.draw("move", page, zone, booking=self.booking, start=start.astimezone(zone))
            days = self.days(page, zone, without=self.booking.pk)
            return self.draw("times", page, zone, booking=self.booking, zones=zones(), **days)
        return self.summary(zone)

    def post(self, request: HttpRequest, slug: str, token: str) -> HttpResponse:
        page, zone = self.booking.page, self.zone_of(self.booking.page)
        try:
            if "cancel" in request.POST:
                bookings.cancel_booking(booking=self.booking, at=self.at)
            else:
                start = read_moment(request.POST.get("at", ""))
                if start is None:
                    raise Http404
                bookings.move_booking(booking=self.booking, start=start, at=self.at)
        except Taken as taken:
            context = self.days(page, zone, without=self.booking.pk)
            context |= {"problem": " ".join(taken.messages), "booking": self.booking, "zones": zones()}
            return self.draw("times", page, zone, status=409, **context)
        except ValidationError as refused:
            return self.summary(zone, problem=" ".join(refused.messages), status=409)
        return redirect(f"{booking_url(self.booking)}?lang={self.language}&tz={zone.key}")

    @property
    def is_open(self) -> bool:
        activity = self.booking.activity
        return activity is not None and activity.is_open and self.booking.starts_at > self.at

    def summary(self, zone: ZoneInfo, *, problem: str = "", status: int = 200) -> HttpResponse:
        activity = self.booking.activity
        return self.draw(
            "booked",
            self.booking.page,
            zone,
            booking=self.booking,
            host=activity.owner if activity else None,
            activity=activity,
            is_open=self.is_open,
            problem=problem,
            status=status,
        )

    def file(self) -> HttpResponse:
        """Return the booking as a file for the visitor's calendar."""
        if self.booking.activity is None:
            raise Http404
        text = ical.text_of(ical.whole_of(self.booking.activity, self.at))
        response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="booking.ics"'
        return response
