"""Postal addresses, and the city and country that lists show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from contacts.models import Address, AddressKind, Person
from contacts.services import rows as rowing
from contacts.services.rows import Command, Rows
from crm.records import copying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.drafts import Draft, WriteContext

PLACE = ("city", "country")
EDITABLE = ("kind", "street", "city", "region", "postcode", "country")


@dataclass(frozen=True)
class SaveAddress(Command):
    """Add an address, or change the one of this id."""

    address_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RemoveAddress(Command):
    """Forget one address."""

    address_id: int


def plan(drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Work out the addresses of the set and the copies on its records."""
    touched = [draft for draft in drafts if _concerns(draft)]
    if not touched:
        return
    known = rowing.load(Address, touched)
    for draft in touched:
        rows = known.get(draft.record.pk) or Rows[Address]()
        _bring(draft, rows, ctx)
        rowing.plan(draft, rows, Address)


def _concerns(draft: Draft[Any]) -> bool:
    given = any(draft.changes.get(name) or (name in draft.changes and not draft.is_new) for name in PLACE)
    return given or bool(rowing.commands(draft, (SaveAddress, RemoveAddress)))


def _bring(draft: Draft[Any], rows: Rows[Address], ctx: WriteContext) -> None:
    before = _described(rows)
    if any(name in draft.changes for name in PLACE):
        _set_place(draft, rows, ctx)
    for command in rowing.commands(draft, (SaveAddress, RemoveAddress)):
        _obey(draft, rows, command)
    if rows.rows and _main(rows) is None:
        rows.rows[0].is_primary = True
    main = _main(rows)
    for name in PLACE:
        setattr(draft.record, name, getattr(main, name) if main else "")
    if not draft.is_new and _described(rows) != before and not any(draft.has_changed(name) for name in PLACE):
        draft.notes["addresses"] = (before, _described(rows))


def _set_place(draft: Draft[Any], rows: Rows[Address], ctx: WriteContext) -> None:
    """Write the city and country of the main address, which is made when there is none."""
    values = {name: getattr(draft.record, name) or "" for name in PLACE if name in draft.changes}
    main = _main(rows)
    if main is None and any(values.values()):
        is_person = isinstance(draft.record, Person)
        kind = AddressKind.OTHER if is_person else AddressKind.OFFICE
        main = rows.add(copying.quick(Address, kind=kind, is_primary=True, created_at=ctx.at))
    if main is None:
        return
    for name, value in values.items():
        setattr(main, name, value)
    # Of an address emptied by hand nothing is left; a file or a bulk edit must stay undoable.
    if ctx.by_hand and not str(main):
        rows.remove(main)


def _obey(draft: Draft[Any], rows: Rows[Address], command: Command) -> None:
    pk = command.address_id if isinstance(command, SaveAddress | RemoveAddress) else None
    row = rows.get(pk)
    if pk and row is None:
        draft.error("__all__", _("This address is gone."), code="not_found")
    elif isinstance(command, RemoveAddress) and row is not None:
        rows.remove(row)
    elif isinstance(command, SaveAddress):
        _save(draft, rows, row or rows.add(Address()), command.values)


def _save(draft: Draft[Any], rows: Rows[Address], row: Address, values: Mapping[str, Any]) -> None:
    for name in EDITABLE:
        if name in values:
            setattr(row, name, values[name])
    if values.get("is_primary"):
        for other in rows:
            other.is_primary = other is row
    if not str(row):
        draft.error("street", _("An address needs at least a city or a street."), code="required")
    try:
        row.clean_fields(exclude=("person", "company"))
    except ValidationError as refused:
        draft.take(refused)


def _main(rows: Rows[Address]) -> Address | None:
    return next((row for row in rows if row.is_primary), None)


def _described(rows: Rows[Address]) -> str:
    return "; ".join(f"{row.get_kind_display()}: {row}" for row in rows)
