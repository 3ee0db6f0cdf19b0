"""How a person wants to be told of each kind of thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.notifications.kinds import Kind, all_kinds
from crm.notifications.models import Mail, Preference

if TYPE_CHECKING:
    from collections.abc import Iterator


class ChoicesForm(forms.Form):
    """One row per kind: in the bell or not, by letter at once, once a day or never."""

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        known = {one.kind: one for one in Preference.objects.filter(user=user)}
        for kind in all_kinds():
            chosen = known.get(kind.key)
            self.fields[f"page_{kind.key}"] = forms.BooleanField(
                required=False, initial=chosen.on_page if chosen else True
            )
            self.fields[f"mail_{kind.key}"] = forms.ChoiceField(
                choices=Mail, initial=chosen.mail if chosen else kind.mail
            )

    def rows(self) -> Iterator[tuple[Kind, Any, Any]]:
        """Give each kind with its two controls."""
        for kind in all_kinds():
            yield kind, self[f"page_{kind.key}"], self[f"mail_{kind.key}"]

    def choices(self) -> dict[str, tuple[bool, str]]:
        """Return what was chosen, by kind."""
        given = self.cleaned_data
        return {kind.key: (given[f"page_{kind.key}"], given[f"mail_{kind.key}"]) for kind in all_kinds()}


class QuietForm(forms.Form):
    """When I am not to be disturbed."""

    since = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput({"type": "time", "class": "form-control"}, "%H:%M"),
    )
    until = forms.TimeField(
        label=gettext_lazy("until"),
        required=False,
        widget=forms.TimeInput({"type": "time", "class": "form-control"}, "%H:%M"),
    )
    free_days = forms.BooleanField(
        label=gettext_lazy("Whole days on which the company does not work"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (values.get("since") is None) != (values.get("until") is None):
            self.add_error("until", _("Say both, from when and until when."))
        return values
