"""What can be imported, and what each trade knows about files of its records.

A trade hands in a `Profile` (names its columns have elsewhere, what identifies a record,
what to put where nothing is given) and `Part`s (a call beside a person); the rest comes from
the declared fields and the service of the type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower

from crm.records import registry
from crm.records.fields import TEXTUAL, Field, Kind, fields_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.db import models
    from django.utils.functional import Promise

    from crm.identity.access import Access
    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.importing.mapping import Constant
    from crm.records.models import Job, Record

Lookup = Callable[[Sequence[str]], dict[str, set[int]]]


@dataclass(frozen=True)
class Writing:
    """Who imports, when, and under which job: what every write of one chunk is told."""

    actor: User | None
    at: datetime
    job: Job


@dataclass(frozen=True)
class PartRow:
    """The values of a part beside one main record."""

    record: Any
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A second record in the same row: the call with a person.

    ``write`` makes those that are not there yet and tells for each row whether it made one;
    ``check`` judges one row's values and answers errors by field.
    """

    key: str
    label: str | Promise
    fields: tuple[Field, ...]
    write: Callable[[Sequence[PartRow], Writing], list[bool]]
    check: Callable[[Mapping[str, Any]], dict[str, str]] = lambda _values: {}
    #: From the part's fields that columns fill: what a person is asked for besides, with a proposal.
    asks: Callable[[set[str]], Mapping[str, str]] = lambda _used: {}

    def names(self) -> dict[str, Field]:
        """The part's fields by the names a mapping uses: "call.minutes"."""
        return {f"{self.key}.{one.name}": one for one in self.fields}


@dataclass(frozen=True)
class WholeKey:
    """What tells records without a name of their own apart: several fields together.

    ``text`` writes one row's key, empty when the row says too little; ``find`` answers ids of
    the records that the rows mean, by row number.
    """

    label: str | Promise
    needs: Callable[[set[str]], bool]
    text: Callable[[Mapping[str, Any]], str]
    find: Callable[[Mapping[int, Mapping[str, Any]]], dict[int, set[int]]]


@dataclass(frozen=True)
class Profile:
    """What a trade knows about files of one type.

    ``keys`` are natural keys, best first; ``lookups`` find records by fields kept in other
    tables; ``constants`` fill what is required when no column gives it, each only if all its
    ``needs`` are mapped.
    """

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys: tuple[tuple[str, ...], ...] = ()
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    constants: Callable[[ImportHints], Mapping[str, Constant]] = lambda _hints: {}
    hidden: frozenset[str] = frozenset()
    whole: WholeKey | None = None
    numbered_name: str = ""  # pattern for a name when the file has none: "Client {row}"


@dataclass(frozen=True)
class ImportHints:
    """What a profile may look at when it proposes constants: columns by field, values of a column."""

    columns: Mapping[str, str]
    values: Callable[[str], Iterable[str]]


class Target:
    """A type of record as the destination of an import."""

    def __init__(self, model: type[models.Model], slug: str, key: str) -> None:
        self.model = model
        self.slug = slug
        self.key = key  # the name that grants use
        self.type_id = 0

    @property
    def label(self) -> str:
        """One of them."""
        return str(self.model._meta.verbose_name)

    @property
    def label_plural(self) -> str:
        """Many of them."""
        return str(self.model._meta.verbose_name_plural)

    @property
    def profile(self) -> Profile:
        """What the trade knows."""
        return _profiles.get(self.key, Profile())

    @property
    def parts(self) -> tuple[Part, ...]:
        """What else a row may hold."""
        return tuple(part for on, part in _parts if on(self))

    def own_fields(self) -> dict[str, Field]:
        """The type's own fields that may be written."""
        raise NotImplementedError

    def fields(self, access: Access | None = None) -> dict[str, Field]:
        """Every field a column may go into, those of parts included, as far as a person may write it."""
        found = {
            name: one
            for name, one in self.own_fields().items()
            if one.writable
            and one.kind is not Kind.FILE
            and name not in self.profile.hidden
            and not (access and access.field_level(self.key, name))
        }
        for part in self.parts:
            found.update(part.names())
        return found

    def create(self, rows: Sequence[Mapping[str, Any]], writing: Writing) -> list[Draft[Any]]:
        """Make records; refused rows carry their errors."""
        raise NotImplementedError

    def update(
        self, records: Sequence[Any], changes: Sequence[Mapping[str, Any]], writing: Writing
    ) -> list[Draft[Any]]:
        """Change records, each by its own values; refused ones carry their errors."""
        raise NotImplementedError

    def alive(self) -> models.QuerySet[Any]:
        """The records that can be found and changed."""
        return self.model._default_manager.all()

    def seen_by(self, actor: User | None, ids: Iterable[int]) -> set[int]:
        """Which of these records a person may see."""
        return set(ids)

    def find(self, name: str, texts: Sequence[str], among: set[int] | None = None) -> dict[str, set[int]]:
        """Ids of records by the (folded) text of one field, ``among`` those that fit so far."""
        if name in self.profile.lookups:
            return self.profile.lookups[name](texts)
        rows = self.alive() if among is None else self.alive().filter(pk__in=among)
        return find_by_column(rows, self.own_fields()[name], texts)

    def survivor(self, ids: Iterable[int]) -> dict[int, int]:
        """Which living record answers for each id: itself, or the one it was merged into."""
        found = set(self.alive().filter(pk__in=list(ids)).values_list("pk", flat=True))
        return {pk: pk for pk in found}


class RecordTarget(Target):
    """A declared record type, written by its service."""

    def __init__(self, record_type: registry.RecordType) -> None:
        super().__init__(record_type.model, record_type.slug, record_type.key)
        self.type_id = record_type.id

    def own_fields(self) -> dict[str, Field]:
        return fields_of(self.model)

    def create(self, rows: Sequence[Mapping[str, Any]], writing: Writing) -> list[Draft[Any]]:
        return registry.service_for(self.model).create(
            rows, actor=writing.actor, at=writing.at, via="import", job=writing.job, partial=True
        )

    def update(
        self, records: Sequence[Any], changes: Sequence[Mapping[str, Any]], writing: Writing
    ) -> list[Draft[Any]]:
        return registry.service_for(self.model).update(
            records, changes, actor=writing.actor, at=writing.at, via="import", job=writing.job, partial=True
        )

    def seen_by(self, actor: User | None, ids: Iterable[int]) -> set[int]:
        if actor is None:
            return set(ids)
        model: type[Record] = self.model  # type: ignore[assignment]
        rows = model.objects.visible_to(actor).filter(pk__in=list(ids))
        return set(rows.values_list("pk", flat=True))

    def survivor(self, ids: Iterable[int]) -> dict[int, int]:
        model: type[Record] = self.model  # type: ignore[assignment]
        rows = model.all_objects.filter(pk__in=list(ids)).values_list("pk", "deleted_at", "merged_into_id")
        found = {pk: pk for pk, deleted_at, _into in rows if deleted_at is None}
        merged = {pk: into for pk, deleted_at, into in rows if deleted_at is not None and into}
        alive = super().survivor(merged.values())
        return found | {pk: into for pk, into in merged.items() if into in alive}


def fold(text: str) -> str:
    """How texts are compared: case and spacing do not matter."""
    return " ".join(text.lower().split())


def find_by_column(rows: models.QuerySet[Any], one: Field, texts: Sequence[str]) -> dict[str, set[int]]:
    """Ids of rows by the folded text of a column of their own table."""
    found: dict[str, set[int]] = {}
    if one.custom_key:
        pairs = rows.annotate(_folded=Lower(KeyTextTransform(one.custom_key, "custom")))
        values = pairs.filter(_folded__in=list(texts)).values_list("_folded", "pk")
    elif one.kind in TEXTUAL:
        pairs = rows.annotate(_folded=Lower(one.name)).filter(_folded__in=list(texts))
        values = pairs.values_list("_folded", "pk")
    else:
        values = rows.filter(**{f"{one.name}__in": list(texts)}).values_list(one.name, "pk")
    for value, pk in values:
        found.setdefault(fold(str(value)), set()).add(pk)
    return found


_targets: dict[str, Target] = {}
_profiles: dict[str, Profile] = {}
_parts: list[tuple[Callable[[Target], bool], Part]] = []


def register_target(target: Target) -> None:
    """Offer something that is no declared record type; from ``AppConfig.ready``."""
    _targets[target.slug] = target


def register_profile(key: str, profile: Profile) -> None:
    """Hand in what a trade knows about files of a type; from ``AppConfig.ready``."""
    _profiles[key] = profile


def register_part(part: Part, *, on: Callable[[Target], bool]) -> None:
    """Let rows of the types that ``on`` accepts hold a second record; from ``AppConfig.ready``."""
    if part.key not in {known.key for _on, known in _parts}:
        _parts.append((on, part))


def targets() -> list[Target]:
    """Everything that can be imported."""
    declared = [
        RecordTarget(one) for one in registry.types() if one.model._meta.label_lower in _with_service()
    ]
    return [*declared, *_targets.values()]


def target_of(slug: str) -> Target:
    """The destination that addresses call ``slug``.

    Raises:
        KeyError: when there is none.
    """
    return {one.slug: one for one in targets()}[slug]


def _with_service() -> set[str]:
    return {service.model._meta.label_lower for service in registry.all_services()}
