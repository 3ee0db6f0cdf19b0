"""Two people saving the same record: what each changed, and who decides.

A field counts as mine when what I typed differs from what I saw. What only they changed is
taken over; where both changed a field the person chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.records.fields import fields_of
from crm.ui.forms import RecordForm, same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpRequest, QueryDict

    from crm.ui import changes

CHOICE = "keep-"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed: what it was, what they made of it, what I typed."""

    name: str
    label: str
    was: str
    theirs: str
    mine: str
    who: Any
    when: Any


def three_way(
    form: RecordForm, theirs: dict[str, changes.Change], record: Any
) -> tuple[dict[str, Any], list[Conflict]]:
    """Return what to write, and what the person must choose.

    A field counts as mine when the typed value differs from what I saw (the old value of
    their change, or the present one where they changed nothing).
    """
    wanted: dict[str, Any] = {}
    conflicts = []
    for name, value in form.changes().items():
        change = theirs.get(name)
        if change is None:
            wanted[name] = value
        elif not same_as_text(form, name, value, change.old):
            conflicts.append(conflict_of(form, name, value, change, record))
    return wanted, conflicts


def same_as_text(form: RecordForm, name: str, value: Any, kept: Any) -> bool:
    """Compare a typed value with one kept in an event as JSON."""
    if same(value, kept):
        return True
    return form.known[name].json(value) == kept or form.known[name].text(value) == str(kept or "")


def conflict_of(form: RecordForm, name: str, value: Any, change: changes.Change, record: Any) -> Conflict:
    one = form.known[name]
    now = one.text(one.value(record))
    return Conflict(name, str(one.label), change.old_text, now, one.text(value), change.who, change.when)


def data_beside(
    form: RecordForm,
    theirs: Mapping[str, changes.Change],
    wanted: Mapping[str, Any],
    conflicts: Sequence[Conflict],
) -> QueryDict:
    """Return what was typed, with the fields that only they changed as they are now."""
    data: QueryDict = form.data.copy()  # type: ignore[attr-defined]
    mine = {*wanted, *(one.name for one in conflicts)}
    for name in theirs:
        if name in form.fields and name not in mine:
            put(data, form, name, form.record)
    return data


def chosen_data(request: HttpRequest, form_class: type[RecordForm], record: Any) -> QueryDict:
    """Return what was sent, with their value wherever the person chose it."""
    data: QueryDict = request.POST.copy()
    for key, choice in request.POST.items():
        name = key.removeprefix(CHOICE)
        if key.startswith(CHOICE) and choice == "theirs" and name in fields_of(form_class.Meta.model):
            put(data, form_class(user=request.user, record=record, names=[name]), name, record)
    return data


def put(data: QueryDict, form: RecordForm, name: str, record: Any) -> None:
    """Write the present value of a field as its control would send it."""
    if name not in form.fields:
        return
    value = form.fields[name].prepare_value(form.known[name].value(record))
    if value in (None, False, ""):
        data[name] = ""
    elif isinstance(value, list):
        data.setlist(name, [str(one) for one in value])
    else:
        data[name] = "on" if value is True else str(value)
