"""Who may be the same: found by e-mail, phone, tax number, domain, and names that look alike.

A criterion that many share says nothing and is dropped. Of a record that the asker may not
see only its existence is told, and whom to ask.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from contacts import domains
from contacts.models import Company, ContactPoint, DuplicateKey, Holder, PointKind
from contacts.sameness import letters
from contacts.sameness.signs import Sign, hashed, name_signs
from contacts.services import points
from crm.identity.access import access_for
from crm.identity.models import Organisation
from crm.lib import names, taxids
from crm.records.fields import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: What so many records share is no sign of sameness.
MEANINGLESS = 20
#: How alike names must be (trigrams of whole words, 0 to 1).
ALIKE = 0.7
SHOWN = 5
NUMBERS = ("inn", "ogrn", "vat")
#: Words that say what a company is, not which.
FORMS = frozenset(
    {"ооо", "оао", "зао", "пао", "ао", "ип", "нко", "ltd", "limited", "llc", "inc", "corp", "corporation"}
    | {"gmbh", "ag", "kg", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ab", "oy", "as", "plc", "co"}
    | {"company", "компания", "group", "группа", "the"}
)


@dataclass(slots=True)
class Duplicate:
    """A record that may be the same. ``record`` is None when the asker may not see it."""

    record: Holder | None
    reasons: list[str] = field(default_factory=list)
    ask: str = ""


@dataclass(slots=True)
class Signs:
    """What was found, by record: sure signs, and a mere likeness of names."""

    sure: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    alike: list[int] = field(default_factory=list)

    def add(self, ids: Iterable[int], reason: str) -> None:
        """Note a sign that several records show, unless too many do."""
        found = list(ids)
        if len(found) <= MEANINGLESS:
            for pk in found:
                self.sure[pk].append(reason)


def likely(
    values: Mapping[str, Any], user: Any, *, model: type[Holder], exclude: int | None = None
) -> list[Duplicate]:
    """Return records of ``model`` that may be the same as one with ``values`` (by field name)."""
    hidden = access_for(user).hidden(model)
    # That somebody has this very address would tell it to those who may not see it.
    values = {name: value for name, value in values.items() if name not in hidden}
    signs = Signs()
    for kind, normalised in _points_of(values):
        signs.add(_with_point(model, kind, normalised), _reason(kind))
    if model is Company:
        _company_signs(values, signs)
    spelt = _alike(model, _name_of(model, values))
    signs.alike = list(dict.fromkeys([*_sounding(model, values), *spelt]))
    return _judged(model, signs, user, exclude)


def _points_of(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    country = str(values.get("country") or "") or Organisation.load().country
    found = []
    for kind, several, one in ((PointKind.EMAIL, "emails", "email"), (PointKind.PHONE, "phones", "phone")):
        for text in (values.get(one), *(values.get(several) or ())):
            if text:
                try:
                    found.append((str(kind), points.normalise(kind, str(text), country)[1]))
                except FieldError:
                    continue
    return list(dict.fromkeys(found))


def _with_point(model: type[Holder], kind: str, normalised: str) -> list[int]:
    name = model._meta.model_name
    rows = ContactPoint.objects.filter(
        **{"kind": kind, "normalised": normalised, f"{name}__isnull": False, f"{name}__deleted_at": None}
    )
    return list(rows.values_list(f"{name}_id", flat=True)[: MEANINGLESS + 1])


def _reason(kind: str) -> str:
    return _("same e-mail") if kind == PointKind.EMAIL else _("same phone")


def _company_signs(values: Mapping[str, Any], signs: Signs) -> None:
    for name in NUMBERS:
        if number := taxids.clean(str(values.get(name) or "")):
            signs.add(_ids(Company.objects.filter(**{name: number})), _("same tax number"))
    texts = [*(values.get("domains") or ()), values.get("website") or "", values.get("email") or ""]
    known = [domain for text in texts if domains.is_telling(domain := domains.clean_domain(str(text)))]
    if known:
        signs.add(_ids(Company.objects.filter(domains__overlap=known)), _("same domain"))


def _ids(rows: models.QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True)[: MEANINGLESS + 1])


def _name_of(model: type[Holder], values: Mapping[str, Any]) -> str:
    """Return the sort key that the values would give."""
    if model is Company:
        return names.sort_key(str(values.get("name") or ""))
    parts = [str(values.get(name) or "") for name in ("last_name", "first_name", "middle_name")]
    if not any(parts) and values.get("name"):
        found = names.split_full_name(str(values["name"]))
        parts = [found.last, found.first, found.middle]
    # A lone first name is shared by half the world.
    return names.sort_key(*parts) if parts[0] else ""


def bare(name: str) -> str:
    """Return a company's sort name without its legal form and quotes."""
    words = (word.strip("\"'«»“”.,()") for word in name.split())
    return " ".join(word for word in words if word and word.replace(".", "") not in FORMS)


def _sounding(model: type[Holder], values: Mapping[str, Any]) -> list[int]:
    """Return records whose names sound the same, in either script and any order of words."""
    if model is Company:
        words = letters.company_words(str(values.get("name") or ""))
    else:
        parts = [str(values.get(name) or "") for name in ("last_name", "first_name", "middle_name")]
        words = letters.person_words(*(parts if any(parts) else [str(values.get("name") or "")]))
        words = words if len(words) > 1 else []
    if sum(map(len, words)) < 3:
        return []
    wanted = [(kind, hashed(kind, text)) for kind, text in name_signs(words) if kind is not Sign.BEGIN]
    rows = DuplicateKey.objects.filter(
        type_id=model.record_type.id,
        hash__in=[number for _kind, number in wanted],
        kind__in=[kind for kind, _number in wanted],
    )
    # The whole name first, then what has its consonants only.
    found = rows.order_by("kind", "record_id").values_list("record_id", flat=True)
    return list(dict.fromkeys(found[: SHOWN * 2]))[:SHOWN]


def _alike(model: type[Holder], wanted: str) -> list[int]:
    """Return records whose names look alike, the likest first."""
    probe = bare(wanted) if model is Company else wanted
    if len(probe) < 3:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pg_trgm.strict_word_similarity_threshold', %s, true)", [str(ALIKE)]
            )
        manager: Any = model._default_manager
        rows = manager.filter(sort_name__trigram_strict_word_similar=probe)
        found = rows.annotate(likeness=TrigramSimilarity("sort_name", probe)).order_by("-likeness", "pk")
        return list(found.values_list("pk", flat=True)[:SHOWN])


def _judged(model: type[Holder], signs: Signs, user: Any, exclude: int | None) -> list[Duplicate]:
    """Order what was found, sure signs first, and hide what the asker may not see."""
    ids = [
        pk for pk in (*sorted(signs.sure, key=lambda pk: -len(signs.sure[pk])), *signs.alike) if pk != exclude
    ]
    ids = list(dict.fromkeys(ids))[: SHOWN * 2]
    rows: Any = model._default_manager
    known = {one.pk: one for one in rows.filter(pk__in=ids).select_related("owner", "team")}
    seen = set(rows.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    found = [_told(known[pk], signs, visible=pk in seen) for pk in ids if pk in known]
    return [one for one in found if one is not None][:SHOWN]


def _told(record: Holder, signs: Signs, *, visible: bool) -> Duplicate | None:
    sure = list(dict.fromkeys(signs.sure.get(record.pk, ())))
    if visible:
        reasons: Sequence[str] = [*sure, _("similar name")] if record.pk in signs.alike else sure
        return Duplicate(record, list(reasons))
    if not sure:
        return None
    return Duplicate(None, ask=str(record.owner or record.team or _("an administrator")))
