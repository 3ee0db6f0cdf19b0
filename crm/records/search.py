"""Finding records of every type in one table, with one rank and one right.

Three ways, tried in turn: whole words and word beginnings; any part of a word, a number or
an address; and, when nothing was found, words that differ by a typing error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchRank, TrigramWordSimilarity
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.lib import names
from crm.records import copying, registry
from crm.records.customfields.known import made_of
from crm.records.customfields.writing import words_of
from crm.records.models import Attachment, Search, SearchWord
from crm.records.registry import RecordType, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.records.services import RecordService

#: The best are chosen among so many hits, the latest touched.
RANKED = 1000
#: So much more a whole word counts than the beginning of one: Ivanov stands before Ivanovich.
WHOLE_WORDS = 4.0
#: Of one record so many files are found by name.
MOST_FILES = 1000
FILE_NAMES = "_file_names"
#: "deal #4242": the name of a type and a number.
NUMBERED = re.compile(r"(\w+) ?[#№]? ?(\d+)")
WORD = re.compile(r"[\w@.+-]+", re.UNICODE)
#: Numbers and addresses are taken as they were typed.
NO_WORD = re.compile(r"[0-9@]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One found record."""

    ref: Ref
    type: RecordType
    title: str
    subtitle: str
    rank: float

    @property
    def url(self) -> str:
        return str(self.type.model(pk=self.ref.id).get_absolute_url())  # type: ignore[attr-defined]


def read(service: RecordService[Any], ids: Sequence[int]) -> list[Any]:
    """Read records with all that the search knows of them, the names of their files too."""
    named = Attachment.objects.filter(
        type_id=service.model.record_type.id, record_id=OuterRef("pk"), deleted_at=None, field=""
    )
    rows = service.for_search(service.model.all_objects.filter(pk__in=ids))
    return list(rows.annotate(**{FILE_NAMES: ArraySubquery(named.values("name")[:MOST_FILES])}))


def write(service: RecordService[Any], records: Sequence[Any]) -> None:
    """Write the search rows of ``records``, as ``read`` gave them; those in the bin are taken out."""
    type_id = service.model.record_type.id
    gone = [record.pk for record in records if record.is_deleted]
    if gone:
        Search.objects.filter(type_id=type_id, record_id__in=gone).delete()
    rows = [row_of(service, record) for record in records if not record.is_deleted]
    if len(rows) >= copying.FEW:
        Search.objects.filter(type_id=type_id, record_id__in=[row.record_id for row in rows]).delete()
        copying.insert(Search, rows)
        return
    Search.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["type_id", "record_id"],
        update_fields=["owner_id", "team_id", "title", "subtitle", "text", "touched_at"],
    )


def row_of(service: RecordService[Any], record: Any) -> Search:
    """Return the search row of a record, not saved yet."""
    title = service.title(record)
    return copying.quick(
        Search,
        type_id=service.model.record_type.id,
        record_id=record.pk,
        owner_id=record.owner_id,
        team_id=record.team_id,
        title=title[:300],
        subtitle=service.subtitle(record)[:300],
        text=fold(f"{title} {service.search_text(record)} {words_of(record)} {_names_of(record)}"),
        touched_at=record.last_touch_at,
    )


def _names_of(record: Any) -> str:
    """Return the names of a record's files, whole and as words."""
    names: list[str] = getattr(record, FILE_NAMES, [])
    return " ".join(f"{name} {re.sub(r'[._-]+', ' ', name)}" for name in names)


def fold(text: str) -> str:
    """Bring text to the form in which it is compared: lower case, ё as е, single spaces."""
    return " ".join(text.lower().replace("ё", "е").split())


def find(user: Any, text: str, *, types: Iterable[RecordType] | None = None, limit: int = 20) -> list[Hit]:
    """Return what ``user`` may see and most likely means, best first."""
    wanted = fold(text.replace("\x00", " "))
    if named := _named_by_number(wanted):
        hits = find(
            user, named[1], types=[one for one in types or [named[0]] if one == named[0]], limit=limit
        )
        if hits:
            return hits
    words = WORD.findall(wanted)
    if not words:
        return []
    visible = Search.objects.filter(visible_rows(user, types, words))
    hits = _by_words(visible, words, limit)
    if len(hits) < limit and len(wanted) >= 3:
        hits = _merge(hits, _by_part(visible, wanted, limit), limit)
    if not hits and len(wanted) >= 4:
        corrected = _corrected(words)
        visible = Search.objects.filter(visible_rows(user, types, corrected))
        hits = _by_words(visible, corrected, limit)
    return [replace(hit, subtitle="") if is_limited(user, hit.type) else hit for hit in hits]


def _named_by_number(wanted: str) -> tuple[RecordType, str] | None:
    """Return the type and the number that "deal #4242" names."""
    match = NUMBERED.fullmatch(wanted)
    for one in registry.types() if match else ():
        if match and match[1] in (fold(str(one.label)), fold(one.slug)):
            return one, match[2]
    return None


def is_limited(user: Any, record_type: RecordType) -> bool:
    """Tell whether the search text of a type holds values that ``user`` may not see.

    Such a person finds records of this type by their titles only: else a hit would tell that
    the hidden value is what was typed.
    """
    hidden = access_for(user).hidden(record_type.model)
    if not hidden:
        return False
    searched = registry.service_for(record_type.model).searched
    return searched is None or bool(hidden & searched) or bool(hidden & set(made_of(record_type.model)))


def titled(words: Iterable[str]) -> Q:
    """Return the condition that a title holds all these words."""
    condition = Q()
    for word in words:
        written = Q(title__icontains=word) | Q(title__icontains=word.replace("е", "ё"))
        condition &= written | Q(title__icontains=names.other_script(word))
    return condition


def matching_ids(record_type: RecordType, text: str, user: Any) -> QuerySet[Search, int]:
    """Return ids of the records of one type that a list shows for ``?q=``: a subquery.

    Which records ``user`` may see is the list's to ask; which of their words, is asked here.
    """
    wanted = fold(text)
    words = WORD.findall(wanted)
    found = Search.objects.filter(type_id=record_type.id)
    if is_limited(user, record_type):
        found = found.filter(titled(words))
    condition = Q(tsv=_prefix_query(words)) if words else Q(pk__in=[])
    if len(wanted) >= 3:
        condition |= Q(text__contains=wanted) | Q(text__contains=_digits(wanted) or wanted)
    return found.filter(condition).values_list("record_id", flat=True)


def visible_rows(
    user: Any, types: Iterable[RecordType] | None = None, words: Sequence[str] | None = None
) -> Q:
    """Return the condition that leaves search rows of records which ``user`` may view.

    With ``words`` also only those that hold them in what the person may see.
    """
    access = access_for(user)
    condition = Q(pk__in=[])
    for one in types if types is not None else registry.types():
        scope = access.scope(one.model)
        mine = Q(record_id__in=access.shared(one.model, "view"))
        if scope is Scope.ALL:
            mine = Q()
        elif scope is not Scope.NONE:
            mine |= Q(owner_id=access.user_id) | Q(team_id__in=access.teams(scope))
        if words is not None and is_limited(user, one):
            mine &= titled(words)
        condition |= Q(type_id=one.id) & mine
    return condition


def _by_words(rows: QuerySet[Search], words: Sequence[str], limit: int) -> list[Hit]:
    if not words:
        return []
    query, exact = _prefix_query(words), _word_query(words)
    recent = rows.filter(tsv=query).order_by("-touched_at")[:RANKED]
    found = (
        Search.objects.filter(pk__in=recent.values("pk"))
        .annotate(rank=SearchRank(F("tsv"), query) + WHOLE_WORDS * SearchRank(F("tsv"), exact))
        .order_by("-rank", "-touched_at", "pk")[:limit]
    )
    return [_hit(row, 1 + row.rank) for row in found]


def _by_part(rows: QuerySet[Search], wanted: str, limit: int) -> list[Hit]:
    condition = Q(text__contains=wanted)
    if digits := _digits(wanted):
        condition |= Q(text__contains=digits)
    found = rows.filter(condition).order_by("-touched_at", "pk")[:limit]
    return [_hit(row, 0.5) for row in found]


def _corrected(words: Sequence[str]) -> list[str]:
    """Replace each unknown word by the known one that looks most like it."""
    return [word for word in (_closest(word) for word in words) if word]


def _closest(word: str) -> str:
    """Return the known word that was meant: two letters in the wrong order, or the most alike."""
    if NO_WORD.search(word):
        return word
    swapped = [
        one[:at] + one[at + 1] + one[at] + one[at + 2 :]
        for one in (word, names.other_script(word))
        for at in range(len(one) - 1)
    ]
    row = SearchWord.objects.filter(word__in=[word, *swapped]).order_by("-records").first()
    row = row or (
        SearchWord.objects.filter(word__trigram_similar=word)
        .annotate(likeness=TrigramWordSimilarity(word, "word"))
        .order_by("-likeness", "-records")
        .first()
    )
    return row.word if row else ""


def _prefix_query(words: Sequence[str]) -> SearchQuery:
    """Every word, each as a beginning, in either script."""
    return _query(words, ":*")


def _word_query(words: Sequence[str]) -> SearchQuery:
    """Every word, each as a whole, in either script."""
    return _query(words, "")


def _query(words: Sequence[str], sign: str) -> SearchQuery:
    terms = []
    for word in words:
        written_both = (word, names.other_script(word)) if word.isalpha() else (word,)
        spellings = dict.fromkeys(_plain(one) for one in written_both)
        if written := " | ".join(f"'{one}'{sign}" for one in spellings if one):
            terms.append(f"({written})")
    return SearchQuery(" & ".join(terms) or "''", config="simple", search_type="raw")


def _plain(word: str) -> str:
    return re.sub(r"[^\w@.-]", "", word)


def _digits(text: str) -> str:
    """A phone typed in any way is compared by its digits, the trunk prefix left out."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < 5 or len(digits) * 2 < len(text):
        return ""
    return digits[1:] if len(digits) == 11 and digits[0] == "8" else digits


def _merge(first: Sequence[Hit], second: Sequence[Hit], limit: int) -> list[Hit]:
    known = {hit.ref for hit in first}
    return [*first, *(hit for hit in second if hit.ref not in known)][:limit]


def _hit(row: Search, rank: float) -> Hit:
    return Hit(Ref(row.type_id, row.record_id), registry.by_id(row.type_id), row.title, row.subtitle, rank)


def refresh_words() -> int:
    """Bring the list of known words up to date; return how many are new or counted anew.

    Numbers and addresses are no words: they would be a thousand times as many, and none of them is
    "meant" by one that looks like it. (ts_stat, which counts all of them, takes ten times as long.)
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_searchword WHERE word ~ '[0-9@]'")
        cursor.execute(
            """
            INSERT INTO records_searchword AS known (word, records)
            SELECT word, count(*) FROM records_search, unnest(tsvector_to_array(tsv)) word
            WHERE length(word) BETWEEN 3 AND 80 AND word !~ '[0-9@]' GROUP BY 1
            ON CONFLICT (word) DO UPDATE SET records = EXCLUDED.records
            WHERE known.records <> EXCLUDED.records
            """
        )
        return int(cursor.rowcount)
