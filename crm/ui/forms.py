"""The form of a record: made from its fields, so that a form knows no rules of its own.

Rules live in the type's service. The form reads what was typed, tells what changed, and
shows what the service refused beside the field it concerns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.records.customfields import conditions
from crm.records.customfields.field import Made
from crm.records.customfields.known import made_of
from crm.records.drafts import ErrorNote, RecordErrors
from crm.records.fields import Field, Kind, fields_of
from crm.ui.customplaces import by_section, custom_title, in_english
from crm.ui.drawn import Drawn
from crm.ui.drawn import Section as Fieldset
from crm.ui.fields import form_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.forms.boundfield import BoundField

Section = tuple[str | Promise, tuple[str, ...]]


class RecordForm(Drawn, forms.Form):
    """A form over ``Meta.fields`` of ``Meta.model``; a field declared here replaces the one made."""

    lists_errors = True

    class Meta:
        model: ClassVar[Any]
        fields: ClassVar[Sequence[str]] = ()
        sections: ClassVar[Sequence[Section]] = ()
        quick: ClassVar[Sequence[str]] = ()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        *,
        user: Any,
        record: Any = None,
        names: Iterable[str] | None = None,
        initial: Mapping[str, Any] | None = None,
        prefix: str | None = None,
    ) -> None:
        self.user, self.record = user, record
        self.access = access_for(user)
        self.known = fields_of(self.Meta.model)
        #: A short form has no headings.
        self.is_short = names is not None
        wanted = list(names) if names is not None else list(self.Meta.fields)
        if set(self.Meta.fields) <= set(wanted):
            wanted += [name for name in made_of(self.Meta.model) if name not in wanted]
        values = self._first_values(wanted, initial or {})
        super().__init__(data, files, initial=values, prefix=prefix)
        if names is not None:
            # A short form may lie above a full one: their controls need ids of their own.
            self.auto_id = "short_%s"
        declared = self.fields
        self.fields = {}
        for name in wanted:
            if self.access.field_level(self.Meta.model, name) != "hidden":
                self._add(name, declared.get(name))
        self.refused: list[tuple[str, str]] = []
        #: Custom fields that the rest of what was typed leaves out.
        self.unseen: set[str] = set()

    def _first_values(self, names: Sequence[str], initial: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(initial)
        for name in names:
            if name not in self.known or name in found:
                continue
            if self.record is not None:
                found[name] = self.known[name].value(self.record)
            elif (first := self._first_of(self.known[name])) is not None:
                found[name] = first
        return found

    def _first_of(self, one: Field) -> Any:
        """Return the first value that an administrator gave a custom field."""
        if not isinstance(one, Made) or one.definition.default is None:
            return None
        kept = one.of.first(one, self.user, timezone.localdate())
        if one.to is not None:
            return one.to._base_manager.filter(pk=kept).first()
        return None if kept is None else one.of.load(one, kept, None)

    def _add(self, name: str, declared: forms.Field | None) -> None:
        one = self.known.get(name)
        if declared is not None:
            self.fields[name] = declared
        elif one is not None:
            current = self.initial.get(name)
            self.fields[name] = form_field(
                one, self.user, current=current if hasattr(current, "pk") else None, held=current
            )
        if name in self.fields and self.is_read_only(name, one):
            self.fields[name].disabled = True

    @property
    def dupes_url(self) -> str:
        """Address that warns, while one types, of records that may be the same; "" for none."""
        return ""

    def is_read_only(self, name: str, one: Field | None) -> bool:
        """Tell whether the viewer may see but not change this field."""
        if one is not None and not one.writable:
            return True
        if self.access.field_level(self.Meta.model, name) == "read_only":
            return True
        if name in ("owner", "team"):
            return not self.access.can(self.Meta.model, "assign", self.record)
        return False

    def changes(self) -> dict[str, Any]:
        """Return what the service shall write: for a new record what was filled in, else what differs."""
        found = {}
        for name, field in self.fields.items():
            if field.disabled or name not in self.known or name in self.unseen:
                continue
            value = self.cleaned_data.get(name)
            if self.record is not None:
                if not same(value, self.known[name].value(self.record)):
                    found[name] = value
            elif value not in (None, "", []) and (value is not False or self.known[name].kind is Kind.YES_NO):
                found[name] = value
            elif name in self.initial and isinstance(self.known[name], Made):
                # Emptied on purpose: the first value must not come back.
                found[name] = None
        return found

    # Fields that administrators made, and when they are asked for.

    def _post_clean(self) -> None:
        """Ask for custom fields as their conditions say; one that is not shown is left alone."""
        super()._post_clean()  # type: ignore[misc]
        read = self._reader(self.cleaned_data)
        for name in self.fields:
            one = self.known.get(name)
            if not isinstance(one, Made):
                continue
            if not conditions.is_shown(one, read):
                self.unseen.add(name)
                self.errors.pop(name, None)
            elif name not in self.errors and self._is_missing(one, read):
                self.add_error(name, _("This field is required."))

    def _is_missing(self, one: Made, read: Callable[[str], list[str]]) -> bool:
        return conditions.is_required(one, read) and self.cleaned_data.get(one.name) in (None, "", [])

    def _reader(self, values: Mapping[str, Any]) -> Callable[[str], list[str]]:
        """Return how conditions read a field: as typed here, else as the record has it."""
        stored = conditions.of_record(self.record) if self.record is not None else None

        def read(name: str) -> list[str]:
            if name in values and name in self.known:
                return conditions.plain(self.known[name], values[name])
            return stored(name) if stored else []

        return read

    def when_of(self, name: str) -> dict[str, Any] | None:
        """Return what the browser must know to show or ask for a field while one types."""
        one = self.known.get(name)
        if not isinstance(one, Made):
            return None
        row = one.definition
        if conditions.is_always(row.shown_when) and conditions.is_always(row.required_when):
            return None
        read = self._reader(getattr(self, "cleaned_data", None) or self.initial)
        asked = conditions.asked_of(one)
        return {
            "shown": row.shown_when,
            "required": True if row.is_required else row.required_when,
            "known": {other: read(other) for other in asked if other not in self.fields},
            "is_shown": conditions.is_shown(one, read),
        }

    def take(self, errors: Mapping[str, Sequence[ErrorNote]]) -> None:
        """Show what the service refused."""
        if not hasattr(self, "cleaned_data"):
            self.cleaned_data = {}
        for name, notes in errors.items():
            if name not in self.fields and isinstance(self.known.get(name), Made):
                # What a condition asks for all of a sudden is asked in place.
                self._add(name, None)
            for note in notes:
                if name in self.fields:
                    self.add_error(name, note.message)
                else:
                    label = str(self.known[name].label) if name in self.known else ""
                    self.add_error(None, f"{label}: {note.message}" if label else note.message)

    def sections(self) -> list[tuple[str, list[BoundField]]]:
        """Return headings and their fields, in order; what is in no section comes first."""
        declared: Sequence[Section] = getattr(self.Meta, "sections", ())
        known = made_of(self.Meta.model)
        made = by_section([known[name] for name in self.fields if name in known])
        placed = {name for _title, names in declared for name in names} | set(known)
        found = [("", [self[name] for name in self.fields if name not in placed])]
        for title, names in declared:
            own = [name for name in names if name in self.fields] + made.pop(in_english(title), [])
            found.append((str(title), [self[name] for name in own]))
        for more in made.values():
            found.append((custom_title(self.known[more[0]]), [self[name] for name in more]))
        return [(title, fields) for title, fields in found if fields]

    def layout(self) -> Layout:
        """Return the fields under their headings; in a short form one below the other."""
        found = [(title, [one.name for one in fields]) for title, fields in self.sections()]
        if self.is_short:
            return Layout(*(name for _title, names in found for name in names))
        return Layout(*(Fieldset(title, *names) for title, names in found))

    def problems(self) -> list[tuple[str, str, str]]:
        """Return (id of the control, label, message) of every error, for the list at the top."""
        return [
            (self[name].id_for_label, str(self[name].label), str(message))
            for name, messages in self.errors.items()
            if name != "__all__"
            for message in messages
        ]

    @classmethod
    def quick_names(cls) -> Sequence[str]:
        """Return the fields of the short form; without a choice, what is required."""
        chosen: Sequence[str] = getattr(cls.Meta, "quick", ())
        if chosen:
            made = made_of(cls.Meta.model).items()
            return [*chosen, *(name for name, one in made if one.required or one.definition.in_quick)]
        known = fields_of(cls.Meta.model)
        return [name for name in cls.Meta.fields if name in known and known[name].required] or list(
            cls.Meta.fields
        )[:3]


class ActionForm(Drawn, forms.Form):
    """The dialog of a verb; its cleaned values become the verb's keywords."""

    lists_errors = True
    #: A template asks whether an action has a form; it must not make one by that.
    do_not_call_in_templates = True

    def __init__(self, data: Any = None, *, user: Any, records: Sequence[Any], **kwargs: Any) -> None:
        self.user, self.records = user, records
        super().__init__(data, **kwargs)


def same(first: Any, second: Any) -> bool:
    """Compare a typed value with a kept one: references by id, nothing as nothing."""
    left, right = getattr(first, "pk", first), getattr(second, "pk", second)
    if left in (None, "", []) and right in (None, "", []):
        return True
    return bool(left == right)


def as_notes(refused: Exception) -> dict[str, list[str]]:
    """Return what a verb refused, by field."""
    if isinstance(refused, RecordErrors):
        return {name: [note.message for note in notes] for name, notes in refused.errors.items()}
    if isinstance(refused, ValidationError):
        if hasattr(refused, "error_dict"):
            return {name: list(messages) for name, messages in refused.message_dict.items()}
        return {"__all__": list(refused.messages)}
    return {"__all__": [str(refused)]}
