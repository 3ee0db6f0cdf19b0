"""What people type to plan and change a meeting: when, with whom, where, and how it comes back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import User
from crm.records import registry
from crm.timeline import recurrence
from crm.timeline.forms import colleagues
from crm.timeline.linking import about_types
from crm.timeline.models import Activity, Participant
from crm.timeline.services.meetings import Times
from crm.timeline.services.participants import Asked
from crm.ui.drawn import Drawn, Section
from crm.ui.fields import ChoicesSelect, ReferenceField

if TYPE_CHECKING:
    from django.core.exceptions import ValidationError

    from crm.records.registry import Ref

REPEATS = (
    ("", gettext_lazy("Does not come back")),
    ("daily", gettext_lazy("Every day")),
    ("workdays", gettext_lazy("Monday to Friday")),
    ("weekly", gettext_lazy("Every week")),
    ("fortnightly", gettext_lazy("Every two weeks")),
    ("monthly", gettext_lazy("Every month")),
    ("yearly", gettext_lazy("Every year")),
)
REMINDERS = (
    ("", gettext_lazy("As usual")),
    ("0", gettext_lazy("When it begins")),
    ("5", gettext_lazy("5 minutes before")),
    ("15", gettext_lazy("15 minutes before")),
    ("60", gettext_lazy("An hour before")),
    ("1440", gettext_lazy("A day before")),
)
SPAN_CHOICES = (
    ("one", gettext_lazy("This meeting")),
    ("following", gettext_lazy("This and the following")),
    ("all", gettext_lazy("All of the series")),
)
HOUR = timedelta(hours=1)


class PeopleSelect(forms.SelectMultiple):
    """Several people of customers, found by typing."""

    template_name = "timeline/forms/people.html"
    url = ""


class MeetingForm(Drawn, forms.Form):
    """A meeting, a call or a task in the calendar."""

    lists_errors = True

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            (one.value, one.label) for one in (Activity.Kind.MEETING, Activity.Kind.CALL, Activity.Kind.TASK)
        ],
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=250)
    all_day = forms.BooleanField(label=gettext_lazy("Whole days"), required=False)
    first_on = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    begins = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    ends = forms.TimeField(
        label=gettext_lazy("To"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    last_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=gettext_lazy("Only if it lasts longer than one day."),
    )
    users = forms.ModelMultipleChoiceField(
        User.objects.none(), label=gettext_lazy("Colleagues"), required=False, widget=ChoicesSelect
    )
    addresses = forms.CharField(
        label=gettext_lazy("Other addresses"),
        required=False,
        help_text=gettext_lazy("E-mail addresses with commas between them."),
    )
    sends = forms.BooleanField(
        label=gettext_lazy("Send invitations by mail"),
        required=False,
        help_text=gettext_lazy("To people and addresses; later changes are sent by themselves."),
    )
    location = forms.CharField(label=gettext_lazy("Place"), max_length=250, required=False)
    meeting_url = forms.URLField(
        label=gettext_lazy("Link to join"), max_length=500, required=False, assume_scheme="https"
    )
    repeats = forms.ChoiceField(label=gettext_lazy("Comes back"), choices=REPEATS, required=False)
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    remind = forms.ChoiceField(label=gettext_lazy("Remind me"), choices=REMINDERS, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text"), required=False, widget=forms.Textarea({"rows": 3}), max_length=50_000
    )
    span = forms.ChoiceField(label=gettext_lazy("Change"), choices=SPAN_CHOICES, required=False)

    def __init__(
        self, data: Any = None, *, user: Any, activity: Activity | None = None, **kwargs: Any
    ) -> None:
        self.user, self.activity = user, activity
        super().__init__(data, **kwargs)
        known = colleagues(user)
        chosen: Any = self.fields["users"]
        chosen.queryset = User.objects.filter(is_active=True)
        chosen.choices = [(one.pk, str(one)) for one in known if one.pk != user.pk]
        self.people_type = about_types().get("person")
        if self.people_type is not None:
            self.fields["people"] = self.people_field()
        if activity is None:
            del self.fields["span"]
            for name, one in about_types().items():
                if name != "person":
                    self.fields[name] = ReferenceField(
                        one.model, user, label=one.model._meta.verbose_name, required=False
                    )
        else:
            for name in ("kind", "repeats", "until"):
                del self.fields[name]
            occasion = getattr(activity, "occasion", None)
            if occasion is None or occasion.series_id is None:
                del self.fields["span"]

    def people_field(self) -> forms.MultipleChoiceField:
        """Return the field of people of customers: those whom the viewer sees."""
        assert self.people_type is not None
        widget = PeopleSelect()
        widget.url = reverse("ui:choices", args=[self.people_type.key])
        widget.attrs["data-url"] = widget.url
        ids = self.data.getlist("people") if hasattr(self.data, "getlist") else self.initial.get("people", [])
        model: Any = self.people_type.model
        rows = model.objects.visible_to(self.user).filter(pk__in=[one for one in ids if str(one).isdecimal()])
        return forms.MultipleChoiceField(
            label=gettext_lazy("People"),
            required=False,
            widget=widget,
            choices=[(one.pk, str(one)) for one in rows],
        )

    def layout(self) -> Layout:
        here = list(self.fields)
        when = Div("first_on", "begins", "ends", css_class="field-row")
        abouts = [name for name in about_types() if name in here and name != "person"]
        with_whom = [name for name in ("users", "people", "addresses", "sends") if name in here]
        again = [name for name in ("repeats", "until") if name in here]
        top = [name for name in ("span", "subject", "kind") if name in here]
        return Layout(
            *top,
            when,
            "all_day",
            "last_on",
            Section(_("With whom"), *with_whom),
            Section(_("Where"), "location", "meeting_url"),
            *([Section(_("About"), *abouts)] if abouts else []),
            Section(_("More"), *again, "remind", "body"),
        )

    def clean_addresses(self) -> list[str]:
        found = [one.strip().lower() for one in self.cleaned_data["addresses"].replace(";", ",").split(",")]
        for one in filter(None, found):
            validate_email(one)
        return [one for one in found if one]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("all_day") and values.get("first_on") and values.get("begins") is None:
            self.add_error("begins", _("Say when it begins, or choose whole days."))
        first, last = values.get("first_on"), values.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day comes before the first."))
        if self.times is not None and self.times.end and self.times.end < self.times.start:
            self.add_error("ends", _("It ends before it begins."))
        return values

    @property
    def times(self) -> Times | None:
        """From when to when, by the viewer's clock."""
        given, zone = self.cleaned_data, timezone.get_current_timezone()
        first: date | None = given.get("first_on")
        if first is None:
            return None
        last: date = given.get("last_on") or first
        if given.get("all_day"):
            return Times(moment(first, time(12), zone), moment(last, time(12), zone), True)
        begins, ends = given.get("begins"), given.get("ends")
        if begins is None:
            return None
        start = moment(first, begins, zone)
        return Times(start, moment(last, ends, zone) if ends else start + HOUR)

    @property
    def rule(self) -> str:
        choice = self.cleaned_data.get("repeats")
        if not choice:
            return ""
        return recurrence.rule_for(
            choice, self.cleaned_data["first_on"], until=self.cleaned_data.get("until")
        )

    @property
    def asked(self) -> Asked:
        given = self.cleaned_data
        people: list[Ref] = []
        if self.people_type is not None:
            people = [self.people_type.ref(int(pk)) for pk in given.get("people", [])]
        return Asked(list(given["users"]), people, [("", one) for one in given["addresses"]])

    @property
    def remind_minutes(self) -> int | None:
        return int(self.cleaned_data["remind"]) if self.cleaned_data.get("remind") else None

    def records(self) -> list[Any]:
        """Return what it is about."""
        names = [name for name in about_types() if name in self.fields and name != "person"]
        return [self.cleaned_data[name] for name in names if self.cleaned_data.get(name) is not None]


def moment(day: date, clock: time, zone: Any) -> datetime:
    return datetime.combine(day, clock, zone)


def initial_of(activity: Activity, user: Any) -> dict[str, Any]:
    """Return what the form of a meeting shows at first."""
    start = timezone.localtime(activity.due_at) if activity.due_at else None
    end = timezone.localtime(activity.ends_at) if activity.ends_at else None
    rows = list(Participant.objects.filter(activity=activity))
    person = about_types().get("person")
    mine = next((one for one in rows if one.user_id == user.pk), None)
    first = activity.due_on() if activity.all_day else start.date() if start else None
    last = end.date() if end else None
    if activity.all_day and first and activity.ends_at and activity.due_at:
        last = first + (activity.ends_at - activity.due_at + timedelta(hours=2)) // timedelta(
            days=1
        ) * timedelta(days=1)
    return {
        "subject": activity.subject,
        "all_day": activity.all_day,
        "first_on": first,
        "begins": start.time() if start and not activity.all_day else None,
        "ends": end.time() if end and not activity.all_day else None,
        "last_on": last if last != first else None,
        "users": [one.user_id for one in rows if one.user_id and one.user_id != user.pk],
        "people": [one.record_id for one in rows if person and one.type_id == person.id],
        "addresses": ", ".join(one.email for one in rows if not one.user_id and one.type_id is None),
        "location": activity.location,
        "meeting_url": activity.meeting_url,
        "remind": str(mine.remind_minutes) if mine and mine.remind_minutes is not None else "",
        "body": activity.body,
        "sends": any(one.sent_sequence is not None for one in rows),
    }


def visible_record(slug: str, pk: str, user: Any) -> Any:
    """Return a record named in an address, if ``user`` sees it."""
    types = {one.slug: one for one in about_types().values()}
    if slug not in types or not pk.isdecimal():
        return None
    model: Any = registry.by_id(types[slug].id).model
    return model.objects.visible_to(user).filter(pk=pk).first()


def refuse_wrong(form: MeetingForm, refused: ValidationError) -> None:
    """Show what a service refused beside the field that it names."""
    found = refused.message_dict if hasattr(refused, "error_dict") else {"__all__": refused.messages}
    for name, messages in found.items():
        target = {"rule": "repeats", "due_at": "first_on", "ends_at": "ends"}.get(name, name)
        for message in messages:
            form.add_error(target if target in form.fields else None, message)
