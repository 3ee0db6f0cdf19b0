"""Guessing the mapping: by the names of the columns first, by what stands in them second.

A guess has to be right or absent: a column goes into a field only when its name says so and
its cells allow it, or when its cells leave no doubt (e-mail addresses). The rest is shown to the
person as left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import translation

from crm.records.fields import Field, Kind
from crm.records.importing.mapping import OUTSIDE_ID, ROW_NUMBER, WHOLE, ColumnRule, Constant, ImportPlan
from crm.records.importing.targets import ImportHints, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EXACT, SYNONYM, STRIPPED, PARTIAL, CONTENT = 100, 90, 80, 60, 40
#: So many of a column's cells must fit: fewer when its name leaves no doubt, for bad cells are told apart.
MOST, SOME = 0.8, 0.3
_KEY_WORDS = frozenset({"id", "ids", "uuid", "guid", "key", "code", "number", "no", "nr", "ref", "external"})
_KEY_WORDS_RU = frozenset({"код", "номер", "ид", "ключ", "№"})
#: The column that the file of failed rows adds.
IGNORED = frozenset({"what was wrong", "что не так"})

_GENERAL: dict[str, tuple[str, ...]] = {
    "name": ("title", "название", "наименование", "имя"),
    "email": ("e mail", "mail", "email address", "почта", "электронная почта", "эл почта"),
    "phone": ("telephone", "tel", "mobile", "mobile phone", "cell", "телефон", "мобильный", "тел"),
    "website": ("url", "web", "site", "homepage", "сайт"),
    "description": ("note", "notes", "comment", "comments", "remarks", "примечание", "комментарий"),
    "country": ("страна",),
    "city": ("town", "город"),
    "source": ("lead source", "channel", "источник", "канал"),
    "currency": ("валюта",),
    "tags": ("labels", "keywords", "метки"),
    "created_at": ("created on", "date created", "создано"),
}


@dataclass
class ColumnFacts:
    """What the survey found in one column."""

    name: str
    filled: int = 0
    empty: int = 0
    is_key: bool = False
    distinct: int | None = None
    values: dict[str, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)
    emails: float = 0.0
    phones: float = 0.0
    numbers: float = 0.0
    number: str = ""
    number_ambiguous: bool = False
    dates: float = 0.0
    date: str = ""
    date_ambiguous: bool = False
    timed: bool = False
    longest: int = 0


def facts_of(survey: Mapping[str, Any]) -> list[ColumnFacts]:
    """The columns of a kept survey."""
    return [ColumnFacts(**column) for column in survey.get("columns", [])]


def guess_plan(facts: Sequence[ColumnFacts], target: Target, *, source: str) -> ImportPlan:
    """Propose a mapping for a file with these columns."""
    plan = ImportPlan(source=source[:80])
    taken = guess_fields(facts, target)
    for column in facts:
        name = taken.get(column.name, "")
        plan.columns[column.name] = rule_for(column, name)
    _guess_outside_id(plan, facts, target)
    _guess_constants(plan, facts, target)
    plan.match = guess_match(plan, target, facts)
    return plan


def rule_for(column: ColumnFacts, name: str) -> ColumnRule:
    """A rule with the date and number style that the column was found to have."""
    return ColumnRule(field=name, date=column.date, number=column.number if column.numbers else "")


def guess_fields(facts: Sequence[ColumnFacts], target: Target) -> dict[str, str]:
    """Give each column at most one field and each field at most one column, the surest first."""
    names = field_names(target)
    offers: list[tuple[int, int, str, str]] = []
    for index, column in enumerate(facts):
        if plain(column.name) in IGNORED or not column.filled:
            continue
        for field_name, one in target.fields().items():
            score = name_score(column.name, names[field_name], target)
            if score and fits(column, one, MOST if score < SYNONYM else SOME):
                offers.append((-score, index, column.name, field_name))
    taken: dict[str, str] = {}
    for _score, _index, column_name, field_name in sorted(offers):
        if column_name not in taken and field_name not in taken.values():
            taken[column_name] = field_name
    _by_content(facts, target, taken)
    return taken


def _by_content(facts: Sequence[ColumnFacts], target: Target, taken: dict[str, str]) -> None:
    fields = target.fields()
    for column in facts:
        for name, share in (("email", column.emails), ("phone", column.phones)):
            free = name in fields and name not in taken.values() and column.name not in taken
            if free and share >= 0.8 and column.longest > 6 and not column.dates:
                taken[column.name] = name


def field_names(target: Target) -> dict[str, set[str]]:
    """All names by which a column may call each field, plain, in both languages."""
    profile = target.profile
    found: dict[str, set[str]] = {}
    for name, one in target.fields().items():
        names = {name, *one.synonyms, *profile.synonyms.get(name, ())}
        if "." not in name:
            names.update(_GENERAL.get(name, ()))
        for language in ("en", "ru"):
            with translation.override(language):
                names.add(str(one.label))
        found[name] = {plain(one) for one in names}
    return found


def plain(text: str) -> str:
    """A name as compared: lower case words, without signs, camel case apart."""
    text = re.sub(r"([a-zа-я])([A-ZА-Я])", r"\1 \2", text)
    return " ".join(re.findall(r"[^\W_]+|№", text.lower().replace("ё", "е")))


def name_score(header: str, names: Iterable[str], target: Target) -> int:
    """How surely a header names a field: as it is, without the type's own name, or in part."""
    names = set(names)
    wanted = plain(header)
    if not wanted:
        return 0
    if wanted in names:
        return EXACT
    words = wanted.split()
    if wanted.replace(" ", "") in {name.replace(" ", "") for name in names}:
        return SYNONYM
    own = type_words(target)
    rest = [word for word in words if word not in own]
    if rest and len(rest) < len(words) and " ".join(rest) in names:
        return STRIPPED
    return 0


def type_words(target: Target) -> set[str]:
    """Words by which files call records of the type itself: "deal_stage" is the stage."""
    words: set[str] = set()
    for language in ("en", "ru"):
        with translation.override(language):
            words.update(plain(f"{target.label} {target.label_plural}").split())
    return words | set(_TYPE_WORDS.get(target.slug, ()))


_TYPE_WORDS: dict[str, tuple[str, ...]] = {
    "deals": ("opportunity", "opp", "deal", "сделки"),
    "people": ("contact", "person", "customer", "client", "контакт", "клиент"),
    "companies": ("account", "company", "organisation", "organization", "client", "компании"),
    "products": ("item", "product", "товар"),
    "users": ("user", "agent", "employee"),
}


def fits(column: ColumnFacts, one: Field, share: float = SOME) -> bool:
    """Tell whether a column's cells, or at least a ``share`` of them, can be values of a field."""
    if one.kind in (Kind.DATE, Kind.DATETIME):
        return column.dates >= share
    if one.kind in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY):
        return column.numbers >= share
    if one.kind is Kind.EMAIL:
        return column.emails >= share
    if one.kind is Kind.PHONE:
        return column.phones >= share
    if one.kind in (Kind.REFERENCE, Kind.USER):
        return column.dates < MOST and column.longest <= 250
    if one.kind is Kind.YES_NO:
        return column.distinct is not None and column.distinct <= 3
    if one.kind is Kind.CHOICE:
        return _choices_fit(column, one)
    return one.max_length is None or column.longest <= one.max_length


def _choices_fit(column: ColumnFacts, one: Field) -> bool:
    known = {str(value).lower() for value, _label in one.choices}
    for language in ("en", "ru"):
        with translation.override(language):
            known.update(str(label).lower() for _value, label in one.choices)
    hits = sum(count for text, count in column.values.items() if text.lower() in known)
    return hits * 2 >= sum(column.values.values())


def _guess_outside_id(plan: ImportPlan, facts: Sequence[ColumnFacts], target: Target) -> None:
    """A column that calls itself an id, and whose cells differ, holds another system's key."""
    keys = _KEY_WORDS | _KEY_WORDS_RU
    own = type_words(target)
    for column in facts:
        words = set(plain(column.name).split())
        if plan.columns[column.name].field or not words & keys or column.empty:
            continue
        # "opportunity id" of a deal may come twice by mistake; "account id" of a deal is no key of it.
        if column.is_key or words <= keys | own:
            plan.columns[column.name].field = OUTSIDE_ID
            return


def _guess_constants(plan: ImportPlan, facts: Sequence[ColumnFacts], target: Target) -> None:
    by_name = {column.name: column for column in facts}
    columns = {rule.field: name for name, rule in plan.columns.items() if rule.field}

    def values(name: str) -> list[str]:
        column = by_name.get(columns.get(name, ""))
        return list(column.values) if column else []

    for name, constant in target.profile.constants(ImportHints(columns, values)).items():
        if name not in columns and name in target.fields():
            plan.constants[name] = constant
    for part in target.parts:
        used = {one.name for name, one in part.names().items() if name in columns}
        for asked, proposal in part.asks(used).items():
            plan.constants.setdefault(f"{part.key}.{asked}", Constant(proposal))
    title = next((name for name in ("name", "full_name", "title") if name in target.fields()), "")
    if target.profile.numbered_name and title and not columns.keys() & _NAMING:
        plan.constants.setdefault(title, Constant(target.profile.numbered_name))


_NAMING = frozenset({"name", "full_name", "first_name", "last_name", "title", "email", "phone", "username"})


def guess_match(plan: ImportPlan, target: Target, facts: Sequence[ColumnFacts]) -> list[str]:
    """The best key on hand: an outside id, a natural key, or for nameless rows their number."""
    if plan.column_of(OUTSIDE_ID):
        return [OUTSIDE_ID]
    mapped = {rule.field for rule in plan.columns.values()}
    for key in target.profile.keys:
        if set(key) <= mapped:
            return list(key)
    whole = target.profile.whole
    if whole is not None and whole.needs(plan.fields()):
        return [WHOLE]
    if facts and not mapped & _NAMING and target.profile.numbered_name:
        return [ROW_NUMBER]
    return []
