"""Form fields and controls for each kind of value; used by forms, cells, bulk edit and dialogs."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.records import tagging
from crm.records.fields import Field, FieldError, Kind
from crm.records.files import staged_by
from crm.records.models import Record
from crm.ui.choices import choice_rows, is_remote
from crm.ui.declaration import has_views, views_of

if TYPE_CHECKING:
    from collections.abc import Callable

#: The right keyboard on a phone, and what browsers may fill in.
ATTRIBUTES: dict[Kind, dict[str, str]] = {
    Kind.INTEGER: {"inputmode": "numeric"},
    Kind.NUMBER: {"inputmode": "decimal"},
    Kind.MONEY: {"inputmode": "decimal"},
    Kind.EMAIL: {"type": "email", "inputmode": "email"},
    Kind.PHONE: {"type": "tel", "inputmode": "tel"},
    Kind.URL: {"type": "url", "inputmode": "url"},
    Kind.DATE: {"type": "date"},
    Kind.DATETIME: {"type": "datetime-local"},
    Kind.LONG_TEXT: {"rows": "4"},
    Kind.TIME: {"type": "time"},
}
NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY})


class KindField(forms.Field):
    """A value typed as text; reads it as imports do, so that both accept the same."""

    def __init__(self, one: Field, **kwargs: Any) -> None:
        self.one = one
        attributes = dict(ATTRIBUTES.get(one.kind, {}))
        if one.max_length and one.kind is not Kind.LONG_TEXT:
            attributes["maxlength"] = str(one.max_length)
        widget: forms.Widget = (forms.Textarea if one.kind is Kind.LONG_TEXT else forms.TextInput)(attributes)
        if "type" in attributes:
            widget.input_type = attributes.pop("type")  # type: ignore[attr-defined]
            widget.attrs.pop("type", None)
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        try:
            return self.one.parse(text) if text else self.one.empty
        except FieldError as refused:
            raise ValidationError(str(refused)) from None

    def prepare_value(self, value: Any) -> Any:
        """Show a value as it is typed in."""
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, time):
            return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
        if isinstance(value, Decimal):
            return f"{value.normalize():f}" if value else "0"
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != initial)


class ReferenceSelect(forms.Select):
    """A select that holds only what is chosen; the rest is found by typing."""

    template_name = "ui/forms/reference.html"

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.chosen: models.Model | None = None
        self.create_url = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        context["chosen"] = [self.chosen] if self.chosen is not None else []
        context["type_key"] = self.model._meta.label_lower
        context["create_url"] = self.create_url
        context["choices_url"] = reverse("ui:choices", args=[self.model._meta.label_lower])
        return context


class ReferenceField(forms.Field):
    """One related record, chosen among those that the viewer sees."""

    def __init__(
        self,
        model: Any,
        user: Any,
        *,
        current: Any = None,
        rows: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.model, self.user, self.current = model, user, current
        self.rows = rows or (lambda user: choice_rows(model, user))
        self.is_remote = is_remote(model) and rows is None
        super().__init__(widget=ReferenceSelect(model) if self.is_remote else forms.Select(), **kwargs)
        if self.is_remote:
            self.widget.create_url = create_url(model, user)
        else:
            shown = list(self.rows(user)[:500])
            if current is not None and current not in shown:
                shown.insert(0, current)
            self.widget.choices = [("", "" if self.required else "—"), *((row.pk, str(row)) for row in shown)]

    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        if isinstance(value, models.Model):
            return value
        if self.current is not None and str(value) == str(self.current.pk):
            return self.current
        found = self.rows(self.user).filter(pk=value).first() if str(value).isdecimal() else None
        if found is None:
            raise ValidationError(_("There is no such record, or you may not see it."))
        return found

    def prepare_value(self, value: Any) -> Any:
        if self.is_remote:
            self.widget.chosen = self._shown(value)
        return getattr(value, "pk", value)

    def _shown(self, value: Any) -> models.Model | None:
        """Return the record to show for a value; a hidden one stays unnamed."""
        if isinstance(value, models.Model) or value in (None, ""):
            return value or None
        try:
            found: models.Model | None = self.to_python(value)
        except ValidationError:
            return None
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(getattr(initial, "pk", initial) or "") != str(data or "")


def create_url(model: Any, user: Any) -> str:
    """Return where a missing record is made without leaving the form; empty where one may not."""
    if not issubclass(model, Record) or not access_for(user).can(model, "add") or not has_views(model):
        return ""
    return views_of(model).url("quick")


class TagsSelect(forms.SelectMultiple):
    """Known tags to tick, and new ones to type by those who may make them."""

    template_name = "ui/forms/tags.html"
    may_make = True

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["may_make"] = self.may_make
        return context

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Give each choice the colour of its tag."""
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        option["color"] = tagging.color_of(option["value"])
        return option


class TagsField(forms.Field):
    """Tags, each a word or two, spelt as the house does."""

    def __init__(self, *, user: Any = None, **kwargs: Any) -> None:
        super().__init__(widget=TagsSelect(), **kwargs)
        self.widget.may_make = tagging.may_make(access_for(user) if user is not None else None)

    def to_python(self, value: Any) -> list[str]:
        parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
        return tagging.spelt(parts)

    def prepare_value(self, value: Any) -> list[str]:
        chosen = self.to_python(value)
        self.widget.choices = [(name, name) for name in dict.fromkeys([*chosen, *tagging.names()])]
        return chosen

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


class ChoicesSelect(forms.SelectMultiple):
    """Several of a list, found by typing."""

    template_name = "ui/forms/choices.html"


class ChoicesField(forms.MultipleChoiceField):
    """Any number of choices, in the order of their list."""

    widget = ChoicesSelect

    def __init__(self, one: Field, held: Any, **kwargs: Any) -> None:
        found = offered(one, held)
        self.keys = [str(key) for key, _label in found]
        super().__init__(choices=found, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        chosen = set(super().to_python(value))
        return [key for key in self.keys if key in chosen]


class YesNoField(forms.Field):
    """Yes, no, or not answered yet."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", "—"), ("yes", _("Yes")), ("no", _("No"))]
        super().__init__(widget=forms.Select(choices=choices), **kwargs)

    def to_python(self, value: Any) -> bool | None:
        known = {"yes": True, "on": True, "true": True, "no": False, "false": False}
        return value if isinstance(value, bool) else known.get(str(value or "").lower())

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) is not self.to_python(self.prepare_value(initial))


class FileInput(forms.Widget):
    """A file that goes up by itself; the form sends its number."""

    template_name = "ui/forms/file.html"
    chosen: Any = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        context["chosen"] = self.chosen
        context["upload_url"] = f"{reverse('ui:files_staged')}?name={name}"
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Take the newest file; the present one where it is not to go."""
        values = [one for one in data.getlist(name) if one] if hasattr(data, "getlist") else [data.get(name)]
        if f"{name}-clear" in data and len(values) < 2:
            return ""
        return values[0] if values else ""


class FileField(forms.Field):
    """One file: uploaded just now by whoever sends the form, or the one that is there."""

    def __init__(self, user: Any, *, current: Any = None, **kwargs: Any) -> None:
        super().__init__(widget=FileInput(), **kwargs)
        self.user, self.current = user, current

    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        pk = str(getattr(value, "pk", value))
        if self.current is not None and pk == str(self.current.pk):
            return self.current
        found = staged_by(self.user, [pk])
        if not found:
            raise ValidationError(_("There is no such file, or it is not yours."))
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        if value in (None, ""):
            return ""
        try:
            self.widget.chosen = self.to_python(value)
        except ValidationError:
            self.widget.chosen = None
        return getattr(value, "pk", value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(getattr(initial, "pk", initial) or "") != str(data or "")


def offered(one: Field, held: Any) -> list[tuple[Any, Any]]:
    """Return the choices on offer, and those that the record holds although they are retired."""
    kept = set(held) if isinstance(held, list) else {held}
    return [(value, label) for value, label in one.choices if value not in one.retired or value in kept]


def form_field(
    one: Field, user: Any, *, current: Any = None, held: Any = None, required: bool | None = None
) -> forms.Field:
    """Return the control for a field of a record; ``held`` is the choice that it holds."""
    label = f"{one.label}, {one.currency}" if one.currency else str(one.label)
    common: dict[str, Any] = {
        "label": label[:1].upper() + label[1:],
        "required": one.required if required is None else required,
        "help_text": one.help_text,
    }
    if one.kind is Kind.FILE:
        return FileField(user, current=current, **common)
    if one.kind in (Kind.REFERENCE, Kind.USER):
        return ReferenceField(one.to, user, current=current, **common)
    if one.kind is Kind.TAGS:
        return TagsField(user=user, **common)
    if one.kind is Kind.CHOICES:
        return ChoicesField(one, held, **common)
    if one.kind is Kind.YES_NO and one.custom_key:
        return YesNoField(**common)
    if one.kind is Kind.YES_NO:
        return forms.BooleanField(**(common | {"required": False}))
    if one.kind is Kind.CHOICE:
        empty = [] if common["required"] and current else [("", "—")]
        return forms.ChoiceField(choices=[*empty, *offered(one, held)], **common)
    return KindField(one, **common)
