"""Forms of what rules lean on: rotations, mail templates, webhooks."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.automation.catalogue import catalogue
from crm.automation.models import Rotation, Seat, Webhook
from crm.automation.rights import teams_for
from crm.automation.steps.base import Several, unknown_text
from crm.identity.models import Team, User
from crm.lib import outbound
from crm.mail.models import MailTemplate
from crm.records import filling, registry
from crm.ui.admin.rights import may_administer
from crm.ui.fields import ReferenceField

EVENT_NAME = re.compile(r"^(\*|[a-z_]+\.(\*|[a-z_]+))$")


class RotationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Rotation
        fields = ("name", "by", "team", "is_active")

    def __init__(self, data: Any = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        teams = Team.objects.filter(pk__in=[team.pk for team in teams_for(user)]).order_by("name")
        self.fields["team"] = forms.ModelChoiceField(
            teams,
            label=_("Of team"),
            required=not may_administer(user),
            empty_label=_("the whole company") if may_administer(user) else None,
            help_text=_("Its lead may pause people and change what they can take."),
        )


class SeatForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Seat
        fields = ("is_paused", "paused_until", "most_open", "most_a_day")
        widgets = {"paused_until": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in self.fields.values():
            # In a table the head of the column is no label for a screen reader.
            one.widget.attrs["aria-label"] = str(one.label)


class NewSeatForm(forms.Form):
    """Adds somebody to a rotation."""

    def __init__(self, data: Any = None, *, user: User, rotation: Rotation, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.rotation = rotation
        self.fields["user"] = ReferenceField(User, user, label=_("Person"), required=True)

    def clean_user(self) -> User:
        found: User = self.cleaned_data["user"]
        if self.rotation.seats.filter(user=found).exists():
            raise ValidationError(_("This person takes part already."))
        return found


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    type_id = forms.TypedChoiceField(label=gettext_lazy("For letters about"), coerce=int)

    class Meta:
        model = MailTemplate
        fields = ("name", "type_id", "subject", "body", "is_active")
        widgets = {"body": forms.Textarea({"rows": 12})}

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offered = [one for one in registry.types() if catalogue.addresses(one.model)]
        choices = [(one.id, one.label_plural[:1].upper() + one.label_plural[1:]) for one in offered]
        self.fields["type_id"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        type_id = self.cleaned_data.get("type_id")
        if type_id is not None:
            model = registry.by_id(type_id).model
            for name in ("subject", "body"):
                if wrong := filling.unknown(self.cleaned_data.get(name) or "", model):
                    self.add_error(name, unknown_text(wrong))
        return given


class HookForm(forms.ModelForm):  # type: ignore[type-arg]
    url = forms.URLField(label=gettext_lazy("Address"), max_length=500, assume_scheme="https")
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Hears of"),
        required=False,
        widget=Several,
        help_text=gettext_lazy("Empty: only what rules send."),
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "events")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        known = event_choices()
        kept = [(name, name) for name in (self.instance.events or []) if name not in dict(known)]
        self.fields["events"].choices = [*known, *kept]  # type: ignore[attr-defined]

    def clean_url(self) -> str:
        return check_url(self.cleaned_data["url"])


def event_choices() -> list[tuple[str, str]]:
    """Return the events that a webhook may hear of, all of a type first."""
    found: list[tuple[str, str]] = []
    for record_type in registry.types():
        name = record_type.model._meta.model_name
        found.append(
            (f"{name}.*", _("%(type)s: everything") % {"type": record_type.label_plural.capitalize()})
        )
    for name, label in catalogue.all_happenings().items():
        found.append((name, f"{name} · {label}" if label else name))
    return found


def check_url(url: str) -> str:
    """Refuse what is no plain web address, or lies inside our own network.

    Raises:
        ValidationError: with the reason.
    """
    try:
        _scheme, host, port, _path = outbound.check(url)
        outbound.resolve(host, port)
    except outbound.Refused as refused:
        raise ValidationError(_("This address can't be called: %(reason)s") % {"reason": refused}) from None
    except outbound.Unreachable:
        # A name that is not there yet may come; calls to it will say so.
        return url
    return url


def check_events(names: Any) -> list[str]:
    """Refuse what can't be the name of an event."""
    if not isinstance(names, list) or not all(
        isinstance(one, str) and EVENT_NAME.match(one) for one in names
    ):
        raise ValidationError(_("A list of names such as deal.won or deal.* is expected."))
    return names
