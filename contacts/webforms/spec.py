"""What a form asks: its fields, of which kind, and when each is asked.

A field is a JSON object: ``{"key", "label", "kind", "target", "required", "help", "choices", "when"}``.
``target`` names what the answer fills in the record that is made ("email"); empty, it is told in its
message. ``when`` is ``{"field": key, "value": text}``: asked only after that answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS: dict[str, Any] = {
    "text": gettext_lazy("One line"),
    "long_text": gettext_lazy("Several lines"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "number": gettext_lazy("Number"),
    "date": gettext_lazy("Date"),
    "choice": gettext_lazy("One of a list"),
    "yes_no": gettext_lazy("Tick"),
}
#: What a new form begins with.
FIRST = (
    {"label": gettext_lazy("Your name"), "kind": "text", "target": "person_name", "required": True},
    {"label": gettext_lazy("E-mail"), "kind": "email", "target": "email", "required": True},
    {"label": gettext_lazy("Company"), "kind": "text", "target": "company_name", "required": False},
    {"label": gettext_lazy("How can we help?"), "kind": "long_text", "target": "message", "required": False},
)
MOST_FIELDS = 40


def free_key(taken: Sequence[str]) -> str:
    """Return a key that no field of the form has; it stays when the label changes."""
    number = len(taken) + 1
    while f"f{number}" in taken:
        number += 1
    return f"f{number}"


def first_fields() -> list[dict[str, Any]]:
    """Return the fields of a new form, in the language of whoever makes it."""
    return [
        {**one, "key": f"f{place}", "label": str(one["label"]), "help": "", "choices": [], "when": None}
        for place, one in enumerate(FIRST, start=1)
    ]


def is_asked(one: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Tell whether a field is asked, given the answers to the others."""
    when = one.get("when")
    if not when or not when.get("field"):
        return True
    answer = answers.get(when["field"])
    text = ("yes" if answer else "no") if isinstance(answer, bool) else str(answer or "")
    return text.strip().casefold() == str(when.get("value", "")).strip().casefold()


def form_field(one: Mapping[str, Any]) -> forms.Field:
    """Return the control of a field; whether it is required is judged after the conditions."""
    words: dict[str, Any] = {
        "label": one["label"],
        "help_text": one.get("help", ""),
        "required": False,
    }
    kind = one["kind"]
    if kind == "long_text":
        return forms.CharField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}), **words)
    if kind == "email":
        return forms.EmailField(max_length=300, **words)
    if kind == "phone":
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
        return forms.CharField(max_length=60, widget=widget, validators=[looks_like_phone], **words)
    if kind == "number":
        return forms.DecimalField(max_digits=18, decimal_places=4, **words)
    if kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **words)
    if kind == "choice":
        choices = [("", "—"), *((text, text) for text in one.get("choices", ()))]
        return forms.ChoiceField(choices=choices, **words)
    if kind == "yes_no":
        return forms.BooleanField(**words)
    return forms.CharField(max_length=500, **words)


def looks_like_phone(text: str) -> None:
    """Refuse what has hardly a digit in it."""
    if len(re.sub(r"\D", "", text)) < 5:
        raise ValidationError(_("Enter a phone number."))


def shown_when(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition as the browser's element reads it."""
    when = one.get("when")
    if not when or not when.get("field"):
        return {}
    rule = {"field": when["field"], "op": "is", "value": when.get("value", "")}
    return {"shown": {"match": "all", "rules": [rule]}, "required": bool(one.get("required")), "known": {}}


def told(fields: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what the answers fill, by target; those without one are told under "message"."""
    found: dict[str, str] = {}
    further = []
    for one in fields:
        answer = answers.get(one["key"])
        if answer in (None, "") or not is_asked(one, answers):
            continue
        text = (_("yes") if answer else _("no")) if isinstance(answer, bool) else str(answer)
        if one.get("target") and one["target"] not in found:
            found[one["target"]] = text
        else:
            further.append(f"{one['label']}: {text}")
    if further:
        found["message"] = "\n".join([*([found["message"]] if found.get("message") else []), *further])
    return found
