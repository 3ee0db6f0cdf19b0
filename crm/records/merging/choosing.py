"""Whose value shall stay, field by field: all values side by side, the best one chosen already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models

from crm.records.fields import Field, Kind, fields_of
from crm.records.registry import service_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.identity.access import Access

#: What administrators made is kept in ``record.custom`` under the rest of its name.
CUSTOM = "cf_"
#: Chosen in place of a record: long texts one below the other.
BOTH = "both"


@dataclass(frozen=True, slots=True)
class Cell:
    """One record's value of a row."""

    record_id: int
    text: str

    @property
    def is_empty(self) -> bool:
        return not self.text


@dataclass(slots=True)
class Row:
    """One field, or several that belong together, with the value of each record."""

    names: tuple[str, ...]
    label: str
    cells: list[Cell] = field(default_factory=list)
    chosen: int | str = 0
    may_join: bool = False

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return len({cell.text for cell in self.cells}) > 1


@dataclass(slots=True)
class Comparison:
    """Records side by side: which one stays, and whose values."""

    records: Sequence[Any]
    survivor: Any
    rows: list[Row]
    #: What all of them have is put together: label and values.
    united: list[tuple[str, list[str]]]

    @property
    def open_rows(self) -> list[Row]:
        return [row for row in self.rows if row.differs]

    @property
    def alike(self) -> int:
        """How many fields hold the same everywhere, and something at all."""
        return sum(1 for row in self.rows if not row.differs and row.cells[0].text)


def fields_to_choose(model: Any, access: Access | None) -> dict[str, Field]:
    """Return the fields of which one record's value stays, as far as the person may change them."""
    service = service_for(model)
    found = {}
    for name, one in fields_of(model).items():
        is_custom = name.startswith(CUSTOM)
        if not one.writable or (one.virtual and not is_custom) or is_list(one):
            continue
        if name in service.internal or name in service.derived:
            continue
        if access is None or not access.field_level(model, name):
            found[name] = one
    return found


def is_list(one: Field) -> bool:
    return one.kind in (Kind.TAGS, getattr(Kind, "CHOICES", None))


def lists_of(model: Any) -> dict[str, Field]:
    """Return the fields whose values are put together: tags, domains."""
    return {name: one for name, one in fields_of(model).items() if is_list(one) and one.writable}


def groups(model: Any, known: Mapping[str, Field]) -> list[tuple[tuple[str, ...], str]]:
    """Return what is chosen at once, with its label: a city goes with its country."""
    together = service_for(model).together
    first = {names[0]: (names, label) for label, names in together.items()}
    later = {name for names in together.values() for name in names[1:]}
    found = []
    for name, one in known.items():
        if name in first and all(part in known for part in first[name][0]):
            found.append((first[name][0], str(first[name][1])))
        elif name not in later:
            found.append(((name,), str(one.label)))
    return found


def compare(
    records: Sequence[Any],
    access: Access | None,
    *,
    survivor_id: int | None = None,
    given: Mapping[str, Any] | None = None,
) -> Comparison:
    """Put records side by side. ``given`` are choices made already, by field."""
    model = type(records[0])
    together = lists_of(model).values()
    models.prefetch_related_objects(list(records), *{name for one in together for name in one.prefetch})
    known = fields_to_choose(model, access)
    survivor = next((one for one in records if one.pk == survivor_id), None) or best(records, known)
    rows = []
    for names, label in groups(model, known):
        row = Row(names, label[:1].upper() + label[1:])
        row.cells = [Cell(record.pk, text_of(record, names, known)) for record in records]
        row.may_join = len(names) == 1 and known[names[0]].kind is Kind.LONG_TEXT
        row.chosen = (given or {}).get(row.name) or choice(row, known[names[0]], survivor, records)
        rows.append(row)
    united = [
        (capital(one.label), values)
        for one in together
        if (access is None or not access.field_level(model, one.name))
        and (values := union(one.value(record) for record in records))
    ]
    return Comparison(records, survivor, rows, united)


def capital(label: Any) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]


def text_of(record: Any, names: Sequence[str], known: Mapping[str, Field]) -> str:
    texts = (known[name].text(shown(known[name].value(record))) for name in names)
    is_one_text = all(known[name].kind is Kind.TEXT for name in names)
    return (" " if is_one_text else ", ").join(text for text in texts if text)


def shown(value: Any) -> Any:
    """A field that says no says as little as an empty one."""
    return None if value is False else value


def best(records: Sequence[Any], known: Mapping[str, Field]) -> Any:
    """Return the most complete record; among equals the one changed last."""
    return max(
        records,
        key=lambda one: (sum(1 for name in known if text_of(one, (name,), known)), one.updated_at, -one.pk),
    )


def choice(row: Row, one: Field, survivor: Any, records: Sequence[Any]) -> int:
    """Return whose value is preselected: the survivor's, unless another one says more."""
    texts = {cell.record_id: cell.text for cell in row.cells}
    own = texts[survivor.pk]
    others = sorted((record for record in records if record.pk != survivor.pk), key=lambda r: r.updated_at)
    best_id: int = survivor.pk
    for record in others:
        text = texts[record.pk]
        is_fuller = one.kind in (Kind.TEXT, Kind.LONG_TEXT) and own and says_more(text, own)
        if text and (not own or is_fuller):
            best_id = record.pk
    return best_id


def says_more(text: str, own: str) -> bool:
    """Tell whether ``text`` holds every word of ``own``, and further ones."""
    mine, theirs = own.casefold().replace(",", " ").split(), text.casefold().replace(",", " ").split()
    return len(theirs) > len(mine) and set(mine) <= set(theirs)


def union(lists: Iterable[Any]) -> list[str]:
    """Put lists together, each value once, in order."""
    return list(dict.fromkeys(value for values in lists for value in values or ()))


def values_of(
    records: Mapping[int, Any], survivor: Any, choices: Mapping[str, Any], access: Access | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the survivor's fields shall hold: columns by name, and its custom values."""
    model = type(survivor)
    rows = compare(list(records.values()), access, survivor_id=survivor.pk, given=choices).rows
    ordered = [survivor, *(one for one in records.values() if one.pk != survivor.pk)]
    changes: dict[str, Any] = {}
    custom = filled(ordered)
    for row in rows:
        source = records.get(number(row.chosen))
        for name in row.names:
            if name.startswith(CUSTOM):
                choose_custom(custom, name.removeprefix(CUSTOM), source, ordered, row.chosen)
            elif row.chosen == BOTH:
                changes[name] = joined(getattr(one, name) for one in ordered)
            elif source is not None:
                changes[name] = getattr(source, name)
    for name, one in lists_of(model).items():
        if not one.virtual and (access is None or not access.field_level(model, name)):
            changes[name] = union(getattr(record, name) for record in ordered)
    return changes, custom


def filled(ordered: Sequence[Any]) -> dict[str, Any]:
    """Return custom values of all records, the survivor's first; lists are put together."""
    found: dict[str, Any] = {}
    for record in ordered:
        for key, value in (record.custom or {}).items():
            if isinstance(value, list) and isinstance(found.get(key), list):
                found[key] = found[key] + [one for one in value if one not in found[key]]
            elif value not in (None, "", []) and found.get(key) in (None, "", []):
                found[key] = value
    return found


def choose_custom(
    custom: dict[str, Any], key: str, source: Any, ordered: Sequence[Any], chosen: int | str
) -> None:
    """Take the value of the chosen record; nothing if that one has none."""
    if chosen == BOTH:
        custom[key] = joined((one.custom or {}).get(key) for one in ordered)
    elif source is not None and key in (source.custom or {}):
        custom[key] = source.custom[key]
    elif source is not None:
        custom.pop(key, None)


def joined(texts: Iterable[Any]) -> str:
    """Put long texts one below the other, each once."""
    return "\n\n".join(dict.fromkeys(str(text).strip() for text in texts if text))


def number(chosen: Any) -> int:
    """Return the record's number out of a choice; 0 for none."""
    return int(chosen) if str(chosen).isdecimal() else 0
