"""Administration of activities and of what comes of calls."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.timeline.holidays import read_holidays
from crm.timeline.models import (
    Absence,
    Activity,
    ActivityPlan,
    Booking,
    BookingPage,
    CalendarException,
    CalendarInterval,
    CallOutcome,
    PlanStep,
    WorkCalendar,
)
from crm.timeline.services import worktime
from crm.ui.admin import ReadOnlyAdmin, RecordAdmin, SetupAdmin, SetupInline

if TYPE_CHECKING:
    from django.http import HttpRequest

    FormSet = BaseInlineFormSet[Any, Any, Any]
    CalendarModelForm = forms.ModelForm[WorkCalendar]
else:
    FormSet, CalendarModelForm = BaseInlineFormSet, forms.ModelForm

#: No list of holidays is larger.
LARGEST_FILE = 2 * 1024 * 1024


@admin.register(CallOutcome)
class CallOutcomeAdmin(SetupAdmin):
    """What came of calls, in the company's own words."""

    section = "company"
    order = 60
    deletable = True
    list_display = ("name", "is_contact", "position", "is_active")
    list_filter = ("is_active", "is_contact")
    search_fields = ("name",)
    search_help_text = _("Name.")
    ordering = ("position", "pk")


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    """Activities of all kinds."""

    section = "data"
    order = 60
    list_display = ("__str__", "kind", "owner", "due_at", "done_at", "outcome")
    list_select_related: ClassVar[tuple[str, ...]] = ("owner", "outcome")
    list_filter = ("kind", "outcome", "direction")
    search_fields = ("subject", "body")
    search_help_text = _("Subject or text.")


class CalendarForm(CalendarModelForm):
    """A calendar, and a file of holidays to take over."""

    holidays = forms.FileField(
        label=_("holidays from a file"),
        required=False,
        help_text=_(
            "An iCalendar file (.ics) as offices and web sites publish it. Its whole days become closed "
            "ones; the same file in a newer edition brings them up to date. Days entered by hand stay."
        ),
    )

    class Meta:
        model = WorkCalendar
        fields = ("name", "time_zone", "is_default", "follows_company")

    def clean_holidays(self) -> Any:
        file = self.cleaned_data.get("holidays")
        if not file:
            return None
        if file.size > LARGEST_FILE:
            raise ValidationError(gettext("The file is larger than 2 MB."))
        now = timezone.now()
        self.text = file.read()
        try:
            read_holidays(self.text, first=now.date(), last=now.date())
        except (ValueError, KeyError, IndexError):
            raise ValidationError(gettext("This is no iCalendar file.")) from None
        return file


class HoursFormSet(FormSet):
    """The hours of a week as a whole: some there must be, and none may overlap."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [
            one.cleaned_data for one in self.forms if one.cleaned_data and not one.cleaned_data.get("DELETE")
        ]
        if not rows and not self.instance.follows_company:
            raise ValidationError(
                gettext("Enter hours for one weekday at least: else nothing would ever be due.")
            )
        spans = sorted((row["weekday"], row["opens"], row["closes"]) for row in rows)
        for one, following in pairwise(spans):
            if one[0] == following[0] and following[1] < one[2]:
                raise ValidationError(gettext("Two stretches of one day overlap."))


class IntervalInline(SetupInline):
    model = CalendarInterval
    formset = HoursFormSet
    fields = ("weekday", "opens", "closes")
    ordering = ("weekday", "opens")


class ExceptionInline(SetupInline):
    model = CalendarException
    fields = ("day", "kind", "hours", "name", "source")
    readonly_fields = ("source",)
    ordering = ("day",)


@admin.register(WorkCalendar)
class WorkCalendarAdmin(SetupAdmin):
    """When the company works: hours of the week, holidays, days with other hours."""

    section = "company"
    order = 50
    form = CalendarForm
    list_display = ("name", "time_zone", "is_default", "follows_company", "version")
    search_fields = ("name",)
    search_help_text = _("Name.")
    list_filter = ("is_default",)
    readonly_fields = ("version",)
    fields = ("name", "time_zone", "is_default", "follows_company", "version", "holidays")
    inlines = (IntervalInline, ExceptionInline)
    deletable = True

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        request.holidays = getattr(form, "text", None)  # type: ignore[attr-defined]
        request.holidays_name = str(form.cleaned_data.get("holidays") or "")  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        """Take the file of holidays over, and make a version of the new hours."""
        if not self.model._base_manager.filter(pk=obj.pk).exists():
            return
        door: dict[str, Any] = {"actor": request.user, "at": timezone.now(), "via": "admin"}
        if text := getattr(request, "holidays", None):
            source = getattr(request, "holidays_name", "")[:120]
            result = worktime.import_holidays(calendar=obj, text=text, source=source, **door)
            self.message_user(request, worktime.summary(result), messages.SUCCESS)
            for line in result.skipped[:20]:
                self.message_user(request, gettext("Skipped: %(what)s") % {"what": line}, messages.WARNING)
        worktime.settle(calendar=obj, **door)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The usual calendar stays: something must count."""
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.is_default)


@admin.register(BookingPage)
class BookingPageAdmin(SetupAdmin):
    """Pages on which strangers book a time."""

    section = "company"
    order = 52
    list_display = ("title", "slug", "mode", "minutes", "is_active")
    list_filter = ("is_active", "mode")
    search_fields = ("title", "slug")
    search_help_text = _("Title or address.")
    autocomplete_fields = ("hosts",)


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """What strangers booked."""

    section = "data"
    order = 62
    list_display = ("starts_at", "page", "name", "email", "cancelled_at")
    list_filter = ("page", "starts_at")
    list_select_related: ClassVar[tuple[str, ...]] = ("page",)
    search_fields = ("name", "email")
    search_help_text = _("Name or e-mail.")
    ordering = ("-starts_at",)
    fields = ("page", "name", "email", "phone", "note", "starts_at", "ends_at", "time_zone", "cancelled_at")


@admin.register(Absence)
class AbsenceAdmin(SetupAdmin):
    """Who is away, and when."""

    section = "company"
    order = 54
    deletable = True
    list_display = ("user", "kind", "first_on", "last_on", "note")
    list_filter = ("kind", "first_on")
    list_select_related: ClassVar[tuple[str, ...]] = ("user",)
    search_fields = ("user__full_name", "user__username", "note")
    search_help_text = _("Name or note.")
    autocomplete_fields = ("user",)
    ordering = ("-first_on",)


class StepInline(SetupInline):
    model = PlanStep
    fields = ("position", "kind", "subject", "after_days", "clock", "whose", "user", "priority")
    autocomplete_fields = ("user",)
    ordering = ("position", "pk")


@admin.register(ActivityPlan)
class ActivityPlanAdmin(SetupAdmin):
    """Several to-dos that one click plans."""

    section = "company"
    order = 58
    deletable = True
    list_display = ("name", "description", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    search_help_text = _("Name.")
    ordering = ("position", "name")
    inlines = (StepInline,)
