"""What people type to log, plan, complete and move activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Membership, Organisation, User
from crm.lib.dates import When, add_working_days, next_week, parse_past, parse_when
from crm.timeline.models import Activity, CallOutcome
from crm.timeline.services import zone_of
from crm.ui import formats
from crm.ui.forms import ActionForm

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, tzinfo

#: More colleagues than this are no list to choose from: then only those of one's own teams are offered.
MANY_COLLEAGUES = 60


@dataclass(frozen=True, slots=True)
class QuickDay:
    """A day that one click chooses."""

    label: str
    value: str
    hint: str


def quick_days(today: date, working: Collection[int]) -> list[QuickDay]:
    """Return the days that plans are mostly made for; free days are passed over."""
    tomorrow = add_working_days(today, 1, working)
    named = [
        (_("Today"), today),
        (_("Tomorrow") if tomorrow == today + timedelta(days=1) else weekday(tomorrow), tomorrow),
        (weekday(add_working_days(today, 3, working)), add_working_days(today, 3, working)),
        (_("Next week"), next_week(today, working)),
        (_("In a month"), add_working_days(today + timedelta(days=30), 0, working)),
    ]
    days: dict[date, str] = {}
    for label, day in named:
        days.setdefault(day, label)
    return [QuickDay(label, day.isoformat(), day_hint(day, today)) for day, label in days.items()]


def weekday(day: date) -> str:
    name = date_format(day, "l")
    return name[:1].upper() + name[1:]


def day_hint(day: date, today: date) -> str:
    return f"{date_format(day, 'D')} {formats.text_day(day, today)}"


def working_days() -> list[int]:
    return Organisation.load().working_days


class WhenWidget(forms.TextInput):
    """Days to click and a text beside them."""

    template_name = "timeline/forms/when.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["days"] = quick_days(timezone.localdate(), working_days())
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name) or data.get(f"{name}_quick")


class WhenField(forms.CharField):
    """A day and perhaps a time, as people write them: "tomorrow 15:00", "в пятницу", "2026-12-01"."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 60)
        super().__init__(**kwargs)

    #: In which days are counted; by default the viewer's.
    zone: tzinfo | None = None

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        zone = self.zone or timezone.get_current_timezone()
        try:
            return parse_when(text, now=timezone.now(), zone=zone, working=working_days())
        except (ValueError, OverflowError):
            raise ValidationError(
                _("“%(text)s” is no day. Write “tomorrow 15:00”, “fri”, “+3d” or “2026-12-31”.")
                % {"text": text}
            ) from None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, When):
            return value.day.isoformat() + (f" {value.clock:%H:%M}" if value.clock else "")
        return value


class MentionText(forms.Textarea):
    """A text that offers colleagues after an @, once ``url`` says for which record."""

    template_name = "timeline/forms/mentions.html"
    url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "mentions_url": self.url}


class PastField(forms.CharField):
    """When something was done: "14:30", "yesterday 15:00"; empty is now."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_past(text, now=timezone.now(), zone=timezone.get_current_timezone())
        except (ValueError, OverflowError):
            raise ValidationError(
                _("“%(text)s” is no time in the past. Write “14:30” or “yesterday 15:00”.") % {"text": text}
            ) from None


def colleagues(user: Any) -> list[User]:
    """Return those to whom one can give work: oneself first, then by name."""
    rows = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("full_name", "username")
    found = list(rows[: MANY_COLLEAGUES + 1])
    if len(found) > MANY_COLLEAGUES:
        mine = Membership.objects.filter(user=user).values("team_id")
        found = list(rows.filter(memberships__team__in=mine).distinct()[:MANY_COLLEAGUES])
    return [user, *found]


class ActivityForm(forms.Form):
    """One form for the composer's tabs and for changing an activity; a kind shows what it has."""

    kind = forms.ChoiceField(choices=Activity.Kind)
    mode = forms.ChoiceField(choices=[("log", ""), ("plan", "")], required=False)
    subject = forms.CharField(max_length=250, required=False)
    body = forms.CharField(max_length=50_000, required=False)
    when = WhenField()
    quick = WhenField()
    clock = forms.TimeField(required=False)
    done = PastField(required=False, max_length=60)
    direction = forms.ChoiceField(choices=Activity.Direction, required=False)
    outcome = forms.ModelChoiceField(CallOutcome.objects.none(), required=False)
    minutes = forms.FloatField(min_value=0, max_value=24 * 60, required=False)
    owner = forms.ModelChoiceField(User.objects.none(), required=False)
    priority = forms.TypedChoiceField(choices=Activity.Priority, coerce=int, required=False)

    def __init__(
        self, data: Any = None, *, user: Any, activity: Activity | None = None, **kwargs: Any
    ) -> None:
        self.user, self.activity = user, activity
        super().__init__(data, **kwargs)
        self.fields["outcome"].queryset = CallOutcome.choices_for(user)  # type: ignore[attr-defined]
        self.fields["owner"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = values.get("kind")
        if kind == Activity.Kind.NOTE and not values.get("body", "").strip():
            self.add_error("body", _("The note is empty."))
        if kind == Activity.Kind.TASK and not values.get("subject", "").strip():
            self.add_error("subject", _("Say what is to be done."))
        if self.plans and not self.due and "when" not in self.errors and "quick" not in self.errors:
            self.add_error("when", _("Say when."))
        return values

    @property
    def chosen(self) -> str:
        """The kind."""
        return str(self.cleaned_data.get("kind") or "")

    @property
    def plans(self) -> bool:
        """Whether it is to be done, rather than done already."""
        if self.activity is not None or self.chosen == Activity.Kind.NOTE:
            return False
        return self.chosen == Activity.Kind.TASK or self.cleaned_data.get("mode") == "plan"

    @property
    def due(self) -> When | None:
        """The day that was typed, else the one that was clicked; the time beside it, if one was given."""
        found: When | None = self.cleaned_data.get("when") or self.cleaned_data.get("quick")
        clock = self.cleaned_data.get("clock")
        if clock is None or (found is not None and found.clock is not None):
            return found
        return When(found.day if found else timezone.localdate(), clock)


class NextForm(forms.Form):
    """The next step, planned with one click: a kind and a day, a subject if one likes."""

    next_kind = forms.ChoiceField(
        choices=[(one.value, one.label) for one in Activity.Kind if one != Activity.Kind.NOTE], required=False
    )
    next_quick = WhenField()
    next_when = WhenField()
    next_subject = forms.CharField(max_length=250, required=False)

    @property
    def due(self) -> When | None:
        found: When | None = self.cleaned_data.get("next_when") or self.cleaned_data.get("next_quick")
        return found

    @property
    def subject(self) -> str:
        subject: str = self.cleaned_data.get("next_subject") or ""
        if not subject and self.cleaned_data["next_kind"] in ("", Activity.Kind.TASK):
            return _("Follow up")
        return subject


class MoveForm(ActionForm):
    """To which day."""

    when = WhenField(
        label=gettext_lazy("New day"),
        required=True,
        widget=WhenWidget,
        help_text=gettext_lazy(
            "Such as tomorrow, fri 15:00, +3d or 2026-12-31. Without a time each keeps its own."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A worker that does this for many has no clock of its own.
        self.fields["when"].zone = zone_of(self.user)


class CompleteForm(ActionForm):
    """What came of it."""

    outcome = forms.ModelChoiceField(
        CallOutcome.objects.none(),
        label=gettext_lazy("Outcome of the calls"),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].queryset = CallOutcome.choices_for(self.user)
        if self.records and all(one.kind != Activity.Kind.CALL for one in self.records):
            del self.fields["outcome"]


def when_of(activity: Activity) -> When | None:
    """Return the due day and time of an activity, as the present viewer counts them."""
    if activity.due_at is None:
        return None
    local: datetime = timezone.localtime(activity.due_at)
    return When(activity.due_on() or local.date(), None if activity.all_day else local.time())
