"""The form by which an administrator makes a custom field: read, shown, previewed.

The form is drawn anew by the server whenever its shape changes (another kind, one more choice
or condition), so that a half-made definition is never lost and no script knows the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from crm.lib.money import choices as currencies
from crm.records import registry
from crm.records.customfields import conditions, known
from crm.records.customfields.checking import FLAGS, WORKED_OUT, key_of
from crm.records.customfields.kinds import kinds
from crm.records.fields import Field, FieldError, Kind
from crm.records.models import CustomField
from crm.ui.customplaces import in_english
from crm.ui.declaration import has_views, views_of
from crm.ui.fields import ReferenceField, form_field
from crm.ui.layouts import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.exceptions import ValidationError
    from django.forms.boundfield import BoundField
    from django.http import QueryDict

    from crm.records.customfields.field import Made
    from crm.records.customfields.plain import CustomKind

TEXTS = ("label", "label_ru", "help", "help_ru", "section", "section_ru")
CONDITIONS = ("shown_when", "required_when")
PART = re.compile(r"(choices|shown_when|required_when)-(\d+)-")


@dataclass
class RuleRow:
    """One condition as the form shows it: what may be asked, and the control of its value."""

    place: str
    fields: list[tuple[str, str]]
    field: str
    operators: list[tuple[str, str]]
    op: str
    value: BoundField | None


@dataclass
class FieldForm:
    """One definition as it is typed in. ``row`` is never saved here."""

    row: CustomField
    user: Any
    before: CustomField | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def new(cls, type_id: int, user: Any) -> FieldForm:
        return cls(CustomField(type_id=type_id, kind="text"), user)

    def read(self, data: QueryDict) -> None:
        """Take over what was typed, and do what the form's own buttons ask."""
        row = self.row
        for name in TEXTS:
            setattr(row, name, data.get(name, "").strip())
        row.kind = data.get("kind") or row.kind
        if self.before is None:
            row.key = data.get("key", "").strip() or key_of(row.label or row.label_ru)
        for name in (*FLAGS, "is_required", "in_quick", "is_active"):
            setattr(row, name, name in data)
        row.choices = list(self._choices(data))
        most = data.get("max_length", "")
        row.options = {
            "currency": data.get("currency", ""),
            "max_length": int(most) if most.isdecimal() and len(most) < 6 else None,
        }
        for name in CONDITIONS:
            setattr(row, name, self._condition(data, name))
        self._read_default(data)

    def _read_default(self, data: QueryDict) -> None:
        row = self.row
        if "default_now" in data:
            row.default = WORKED_OUT.get(row.kind)
            return
        values = [value for value in data.getlist("default") if value]
        row.default = (values if row.kind == "multi_choice" else values[-1]) if values else None

    def values(self) -> dict[str, Any]:
        """Return what the service is given."""
        names = (*TEXTS, "kind", "choices", "options", "default", "is_required", "in_quick", "is_active")
        found = {name: getattr(self.row, name) for name in (*names, *CONDITIONS, *FLAGS)}
        return found if self.before is not None else {**found, "key": self.row.key}

    def take(self, refused: ValidationError) -> None:
        """Show what the service refused."""
        self.errors = (
            refused.message_dict if hasattr(refused, "error_dict") else {"__all__": refused.messages}
        )

    # What the template asks for.

    @property
    def kind(self) -> CustomKind:
        return kinds().get(self.row.kind) or kinds()["text"]

    @property
    def kinds(self) -> list[CustomKind]:
        """Return the kinds on offer: all for a new field, else those that no value suffers from."""
        if self.before is None:
            return list(kinds().values())
        return [
            one
            for key, one in kinds().items()
            if key in (self.before.kind, *kinds()[self.before.kind].becomes)
        ]

    @property
    def may(self) -> frozenset[str]:
        return self.kind.may

    @property
    def record_type(self) -> registry.RecordType:
        return registry.by_id(self.row.type_id)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Return (id of the control, label, message) for the list at the top."""
        return [("", "", message) for messages in self.errors.values() for message in messages]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Return the rows of choices; a new list begins with two empty ones."""
        return self.row.choices or [{}, {}]

    @property
    def colors(self) -> tuple[str, ...]:
        return known.COLORS

    @property
    def currencies(self) -> list[tuple[str, Any]]:
        return list(currencies())

    @property
    def sections(self) -> list[str]:
        """Return the headings that the form and the page have, and those of other fields."""
        found = dict.fromkeys(headings_of(self.record_type))
        others = known.definitions(self.row.type_id).exclude(section="")
        return list(found | dict.fromkeys(others.values_list("section", flat=True)))

    @property
    def now_label(self) -> str:
        """Return what a first value can be that is worked out; empty where none is."""
        words = {"date": _("The day on which the record is made"), "user": _("Whoever makes the record")}
        return words.get(self.row.kind, "")

    @property
    def is_now(self) -> bool:
        return bool(self.row.default) and self.row.default == WORKED_OUT.get(self.row.kind)

    @property
    def made(self) -> Made:
        return known.made_from(self.shown)

    @property
    def shown(self) -> CustomField:
        """Return the definition as far as it can be drawn already: choices without a label wait."""
        row = CustomField(**{one.attname: getattr(self.row, one.attname) for one in CustomField._meta.fields})
        row.kind = self.kind.key
        row.key = row.key or "preview"
        row.choices = [
            {**one, "key": one.get("key") or f"choice_{number}"}
            for number, one in enumerate(row.choices)
            if one.get("label")
        ]
        return row

    @property
    def default(self) -> BoundField | None:
        """Return the control of the first value."""
        if "default" not in self.may:
            return None
        made = self.made
        held = None if self.is_now else self.row.default
        control = form_field(made, self.user, held=held, required=False)
        control.label, control.help_text = _("First value of new records"), ""
        kept = held
        if made.to is not None and held:
            kept = made.to._base_manager.filter(pk=held).first()
        return bound("default", control, kept)

    @property
    def previews(self) -> list[dict[str, Any]]:
        """Return the field as both languages show it."""
        found = []
        for code, name in (("en", "English"), ("ru", "Русский")):
            with translation.override(code):
                made = self.made
                control = form_field(made, self.user, held=self._first(made), required=made.required)
                control.label = str(control.label) or _("Without a label")
                control.help_text = str(control.help_text)
                one = bound("preview", control, self._first(made), auto_id=f"preview_{code}_%s")
                found.append({"code": code, "name": name, "html": drawn(one), "badges": badges(made)})
        return found

    def _first(self, made: Made) -> Any:
        if self.is_now or self.row.default is None or made.to is not None:
            return None
        try:
            kept = made.keep(self.row.default)
            return made.of.load(made, kept, None) if kept is not None else None
        except FieldError:
            return None

    # Choices and conditions.

    def _choices(self, data: QueryDict) -> Iterator[dict[str, Any]]:
        if "add_choice" not in data and "drop_choice" not in data and not data:
            return
        for number in numbers_of(data, "choices"):
            place = f"choices-{number}"
            if data.get("drop_choice") == number:
                continue
            one: dict[str, Any] = {
                name: data.get(f"{place}-{name}", "").strip()
                for name in ("key", "label", "label_ru", "color")
            }
            if f"{place}-retired" in data:
                one["retired"] = True
            one = {name: value for name, value in one.items() if value or name in ("key", "label")}
            if one["label"] or one["key"] or "redraw" in data:
                yield one
        if "add_choice" in data:
            yield {"key": "", "label": ""}

    def _condition(self, data: QueryDict, name: str) -> dict[str, Any]:
        rules = []
        usable = {one.name: one for one in self.usable}
        for number in numbers_of(data, name):
            place = f"{name}-{number}"
            if data.get("drop_rule") == place:
                continue
            asked = data.get(f"{place}-field", "")
            if asked not in usable:
                continue
            offered = list(conditions.operators(usable[asked]))
            op = data.get(f"{place}-op", "")
            op = op if op in offered else offered[0]
            rule: dict[str, Any] = {"field": asked, "op": op}
            if op not in conditions.ALONE:
                values = [value for value in data.getlist(f"{place}-value") if value]
                rule["value"] = values if op == "any_of" else (values or [""])[0]
            rules.append(rule)
        if data.get("add_rule") == name and usable:
            first = next(iter(usable.values()))
            rules.append({"field": first.name, "op": next(iter(conditions.operators(first))), "value": ""})
        return {"match": "any" if data.get(f"{name}-match") == "any" else "all", "rules": rules}

    @property
    def usable(self) -> list[Field]:
        return conditions.usable(self.record_type.model, but=self.row.name if self.before else "")

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """Return both conditions as the form shows them."""
        titles = {"shown_when": _("Shown only when"), "required_when": _("Required when")}
        return [
            {
                "name": name,
                "title": titles[name],
                "match": getattr(self.row, name).get("match", "all"),
                "rows": list(self._rules(name)),
                "errors": self.errors.get(name, ()),
            }
            for name in CONDITIONS
        ]

    def _rules(self, name: str) -> Iterator[RuleRow]:
        usable = {one.name: one for one in self.usable}
        names = sorted(((key, capital(one.label)) for key, one in usable.items()), key=lambda pair: pair[1])
        for number, rule in enumerate(getattr(self.row, name).get("rules", [])):
            one = usable.get(rule["field"])
            if one is None:
                continue
            place = f"{name}-{number}"
            offered = [(op, str(conditions.OPERATORS[op])) for op in conditions.operators(one)]
            yield RuleRow(place, names, one.name, offered, rule["op"], self._value(place, one, rule))

    def _value(self, place: str, one: Field, rule: dict[str, Any]) -> BoundField | None:
        """Return the control of what a condition compares with."""
        if rule["op"] in conditions.ALONE:
            return None
        control: forms.Field
        value = rule.get("value", "")
        if one.choices:
            several = rule["op"] == "any_of"
            kind = forms.MultipleChoiceField if several else forms.ChoiceField
            control = kind(choices=[*([] if several else [("", "—")]), *one.choices], required=False)
        elif one.kind is Kind.YES_NO:
            control = forms.ChoiceField(
                choices=[("", "—"), ("yes", _("Yes")), ("no", _("No"))], required=False
            )
        elif one.to is not None:
            control = ReferenceField(one.to, self.user, required=False)
            value = value[0] if isinstance(value, list) and value else value
        else:
            control = form_field(one, self.user, required=False)
            value = "; ".join(value) if isinstance(value, list) else value
        control.label = _("Value")
        return bound(f"{place}-value", control, value)


def numbers_of(data: QueryDict, name: str) -> list[str]:
    """Return the numbers of the rows of a part, in the order in which they stand."""
    found = (match for key in data if (match := PART.match(key)))
    return list(dict.fromkeys(match[2] for match in found if match[1] == name))


def bound(name: str, control: forms.Field, value: Any, *, auto_id: str = "id_%s") -> BoundField:
    """Return a control that stands in no declared form."""
    form = forms.Form(initial={name: value}, auto_id=auto_id)
    form.fields[name] = control
    return form[name]


def drawn(one: BoundField) -> str:
    return render_to_string("ui/customfields/preview_field.html", {"field": one})


def badges(made: Made) -> list[tuple[str, str]]:
    """Return label and colour of each choice that has one."""
    return [(str(label), made.tones[key]) for key, label in made.offered if made.tones.get(key)]


def headings_of(record_type: registry.RecordType) -> list[str]:
    """Return the headings of a type's form and page, as definitions name them."""
    if not has_views(record_type.model):
        return []
    views = views_of(record_type.model)
    titles = [title for title, _names in getattr(views.form.Meta, "sections", ())]
    if views.layout is not None:
        parts = (*views.layout.facts, *views.layout.main, *views.layout.side)
        titles += [part.title for part in parts if isinstance(part, Fields) and part.title]
    return list(dict.fromkeys(in_english(title) for title in titles))


def capital(label: Any) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
