"""Contact points of people and companies: normalised, one main per kind, copied to the record."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from contacts.models import ContactPoint, PointKind
from contacts.services import rows as rowing
from contacts.services.rows import Command, Rows
from crm.identity.models import Organisation
from crm.lib import phones
from crm.records import copying
from crm.records.fields import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.drafts import Draft, WriteContext

#: Fields that hold all points of a kind, and those that hold the main one.
LISTS = {
    "emails": PointKind.EMAIL,
    "phones": PointKind.PHONE,
    "messengers": PointKind.MESSENGER,
    "links": PointKind.URL,
}
MAIN = {"email": PointKind.EMAIL, "phone": PointKind.PHONE}
FURTHER = {"messengers": PointKind.MESSENGER, "links": PointKind.URL}
FLAGS = ("label", "is_invalid", "opted_out")
#: Fewer digits are no number, not even an inner one.
FEWEST_DIGITS = 3


@dataclass(frozen=True)
class AddPoint(Command):
    """Add a way to reach somebody."""

    kind: str
    value: str
    label: str = ""
    is_primary: bool = False


@dataclass(frozen=True)
class EditPoint(Command):
    """Change one point: ``values`` may hold value, label, is_primary, is_invalid, opted_out."""

    point_id: int
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemovePoint(Command):
    """Forget one point."""

    point_id: int


COMMANDS = (AddPoint, EditPoint, RemovePoint)


@lru_cache(maxsize=1024)
def normalise(kind: str, value: str, region: str) -> tuple[str, str]:
    """Return a point's value as it is kept and as it is compared.

    Raises:
        FieldError: with a sentence for the person who typed it.
    """
    value = " ".join(value.replace("\x00", "").split())
    if kind == PointKind.EMAIL:
        return _email(value)
    if kind == PointKind.PHONE:
        return _phone(value, region)
    if kind == PointKind.URL:
        return _url(value)
    handle = re.sub(r"^(https?://)?(t\.me|wa\.me|vk\.com)/", "", value, flags=re.IGNORECASE)
    return value, handle.lstrip("@").rstrip("/").lower() or _refuse(_("Write a name or number."))


def _email(value: str) -> tuple[str, str]:
    value = value.removeprefix("mailto:")
    try:
        validate_email(value)
    except ValidationError:
        _refuse(_("“%(text)s” is not an e-mail address.") % {"text": value[:80]})
    return value, value.lower()


def _phone(value: str, region: str) -> tuple[str, str]:
    """Keep what can't be understood as long as it has digits: inner numbers are numbers too."""
    normalised = phones.normalise(value, region)
    if normalised is None:
        normalised = phones.digits(value)
        if len(normalised) < FEWEST_DIGITS or len(value) > 60:
            _refuse(_("“%(text)s” is not a phone number.") % {"text": value[:80]})
        return value, normalised
    return phones.pretty(normalised), normalised


def _url(value: str) -> tuple[str, str]:
    value = value if "://" in value else f"https://{value}"
    bare = value.split("://", 1)[1].removeprefix("www.").rstrip("/")
    if not value.startswith(("https://", "http://")) or "." not in bare:
        _refuse(_("“%(text)s” is not a web address.") % {"text": value[:80]})
    host, slash, path = bare.partition("/")
    return value, f"{host.lower()}{slash}{path}"


def _refuse(message: str) -> str:
    raise FieldError(message)


def plan(drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Work out the contact points of the set and the copies on its records."""
    touched = [draft for draft in drafts if _concerns(draft)]
    if not touched:
        return
    known = rowing.load(ContactPoint, touched)
    country = Organisation.load().country
    for draft in touched:
        rows = known.get(draft.record.pk) or Rows[ContactPoint]()
        Planner(draft, rows, ctx, draft.record.country or country).run()
        rowing.plan(draft, rows, ContactPoint)


def _concerns(draft: Draft[Any]) -> bool:
    named = any(name in draft.changes for name in (*LISTS, *MAIN))
    return named or bool(rowing.commands(draft, COMMANDS))


class Planner:
    """Brings the contact points of one record to what its draft asks for."""

    def __init__(self, draft: Draft[Any], rows: Rows[ContactPoint], ctx: WriteContext, region: str) -> None:
        self.draft, self.rows, self.ctx, self.region = draft, rows, ctx, region

    def run(self) -> None:
        is_new = self.draft.is_new
        values = {} if is_new else {str(kind): self._values(kind) for kind in PointKind}
        words = "" if is_new else self._in_words()
        for name, kind in MAIN.items():
            if name in self.draft.changes:
                self._set_main(name, kind, str(self.draft.changes[name] or ""))
        for name, kind in LISTS.items():
            if name in self.draft.changes and not self._is_closed(kind):
                self._set_list(name, kind, self.draft.changes[name] or [])
        for command in rowing.commands(self.draft, COMMANDS):
            self._obey(command)
        for present in {row.kind for row in self.rows}:
            self._keep_one_main(present)
        self._copy()
        if not is_new:
            self._note(values, words)

    def _set_list(self, name: str, kind: str, values: Sequence[str]) -> None:
        """Add what is missing; a person's list also takes away what it leaves out, a file's never does."""
        wanted = [point for value in values if (point := self._find_or_add(name, kind, str(value)))]
        if self.ctx.by_hand and name not in self.draft.errors:
            named = any(self.draft.changes.get(one) for one, of in MAIN.items() if of == kind)
            for row in self._of(kind):
                if row not in wanted and not (named and row.is_primary):
                    self.rows.remove(row)

    def _set_main(self, name: str, kind: str, text: str) -> None:
        """Correct the main point by hand; from a file, add a new main one and keep the other."""
        main = self._main(kind)
        if not text.strip():
            if main is not None and self.ctx.by_hand:
                self.rows.remove(main)
            return
        known = self._find(name, kind, text)
        if known is not None:
            self._make_main(known)
        elif name not in self.draft.errors:
            if main is not None and self.ctx.by_hand:
                self._write(main, kind, text)
                main.is_invalid = main.opted_out = False
            else:
                self._make_main(self._add(kind, text))

    def _obey(self, command: Command) -> None:
        if isinstance(command, AddPoint):
            if self._is_closed(command.kind):
                return
            point = self._find_or_add("value", command.kind, command.value)
            if point is not None:
                point.label = command.label[:40] or point.label
                if command.is_primary:
                    self._make_main(point)
        elif isinstance(command, EditPoint | RemovePoint):
            point = self.rows.get(command.point_id)
            if point is None:
                self.draft.error("value", _("This contact point is gone."), code="not_found")
            elif self._is_closed(point.kind):
                return
            elif isinstance(command, RemovePoint):
                self.rows.remove(point)
            else:
                self._edit(point, command.values)

    def _is_closed(self, kind: str) -> bool:
        """Refuse kinds whose main field the actor may not change: a right over one holds for all."""
        access, names = self.ctx.access, {of: name for name, of in (*MAIN.items(), *FURTHER.items())}
        name = names.get(PointKind(kind))
        if access is None or name is None or not access.field_level(type(self.draft.record), name):
            return False
        self.draft.error("value", _("You may not change this field."), code="forbidden")
        return True

    def _edit(self, point: ContactPoint, values: Mapping[str, Any]) -> None:
        for name in FLAGS:
            if name in values:
                setattr(point, name, values[name])
        if "value" in values and self._find("value", point.kind, values["value"]) not in (None, point):
            self.draft.error("value", _("This is on record already."), code="unique")
        elif "value" in values and "value" not in self.draft.errors:
            self._write(point, point.kind, values["value"])
        if values.get("is_primary"):
            self._make_main(point)

    def _of(self, kind: str) -> list[ContactPoint]:
        return sorted((row for row in self.rows if row.kind == kind), key=lambda row: not row.is_primary)

    def _main(self, kind: str) -> ContactPoint | None:
        return next((row for row in self.rows if row.kind == kind and row.is_primary), None)

    def _find(self, name: str, kind: str, text: str) -> ContactPoint | None:
        try:
            _value, normalised = normalise(kind, text, self.region)
        except FieldError as refused:
            self.draft.error(name, str(refused))
            return None
        return next((row for row in self._of(kind) if row.normalised == normalised), None)

    def _find_or_add(self, name: str, kind: str, text: str) -> ContactPoint | None:
        found = self._find(name, kind, text)
        return found or (None if name in self.draft.errors else self._add(kind, text))

    def _add(self, kind: str, text: str) -> ContactPoint:
        point = copying.quick(ContactPoint, kind=kind, created_at=self.ctx.at)
        self._write(point, kind, text)
        return self.rows.add(point)

    def _write(self, point: ContactPoint, kind: str, text: str) -> None:
        point.value, point.normalised = normalise(kind, text, self.region)

    def _make_main(self, point: ContactPoint) -> None:
        for row in self._of(point.kind):
            row.is_primary = row is point

    def _keep_one_main(self, kind: str) -> None:
        found = self._of(kind)
        if found and self._main(kind) is None:
            self._make_main(next((row for row in found if not row.is_invalid), found[0]))

    def _copy(self) -> None:
        """Copy the main points to the record."""
        for name, kind in MAIN.items():
            main = self._main(kind)
            setattr(self.draft.record, name, main.value if main else "")

    def _note(self, values: Mapping[str, list[str]], words: str) -> None:
        """Note for the timeline what the copies on the record don't tell."""
        for name, kind in LISTS.items():
            old, new = values[kind], self._values(kind)
            copy = next((field for field, one in MAIN.items() if one == kind), "")
            is_told = copy and max(len(old), len(new)) < 2 and self.draft.has_changed(copy)
            if old != new and not is_told:
                self.draft.notes[name] = (old, new)
        if not self.draft.notes and words != self._in_words():
            self.draft.notes["contact_points"] = (words, self._in_words())

    def _values(self, kind: str) -> list[str]:
        return [row.value for row in self._of(kind)]

    def _in_words(self) -> str:
        return ", ".join(describe(row) for kind in PointKind for row in self._of(kind))


def describe(point: ContactPoint) -> str:
    """Return a point in words, as history shows it."""
    signs = [point.label] if point.label else []
    if point.is_invalid:
        signs.append(_("does not work"))
    if point.opted_out:
        signs.append(_("opted out"))
    return f"{point.value} ({', '.join(signs)})" if signs else point.value
