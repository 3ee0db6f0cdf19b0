"""The form of a record in the admin: it asks the service, and shows what the service refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.records.fields import Field, FieldError, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

#: Virtual fields of these kinds can be typed as text.
TYPED = frozenset(
    {
        Kind.TEXT,
        Kind.LONG_TEXT,
        Kind.EMAIL,
        Kind.PHONE,
        Kind.URL,
        Kind.INTEGER,
        Kind.NUMBER,
        Kind.MONEY,
        Kind.TAGS,
    }
)


class Refusable(ModelForm):
    """A form that shows what a service refused; ``refusals`` is what it said to the same data before."""

    refusals: ClassVar[Mapping[str, Sequence[str]]] = {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, sentences in self.refusals.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return what the person changed, by field name."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class ServiceForm(Refusable):
    """Collects changes of a record for its service."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_version"] = getattr(self.instance, "version", None)
        for name, field in self.fields.items():
            if isinstance(field, VirtualField) and self.instance.pk:
                self.initial[name] = field.declared.text(field.declared.value(self.instance))

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in super().changes().items() if name != "seen_version"}


class VirtualField(forms.CharField):
    """A field that the service keeps in another table, typed as text."""

    def __init__(self, declared: Field) -> None:
        self.declared = declared
        long = declared.kind is Kind.LONG_TEXT
        super().__init__(
            label=str(declared.label),
            help_text=str(declared.help_text),
            required=declared.required,
            widget=forms.Textarea if long else forms.TextInput(attrs={"class": "vTextField"}),
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.declared.parse(text or "")
        except FieldError as refused:
            raise forms.ValidationError(str(refused)) from refused


STALE = _(
    "Somebody saved this record after you opened it. What you typed is kept here: "
    "open the record in another window, compare, and save again from there."
)
