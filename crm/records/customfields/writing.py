"""Custom values on their way into a record: first values, checks, and what must not come twice.

The record service calls these for its whole set at once, so that they hold at every door.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.records.customfields import conditions, known
from crm.records.customfields.naming import UNIQUE_INDEX
from crm.records.fields import FieldError, Kind
from crm.records.models import Attachment
from crm.records.models.attachment import STAGED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from django.db import IntegrityError

    from crm.records.customfields.field import Made
    from crm.records.drafts import Draft, WriteContext

#: Doors at which a person can be asked for what is missing. A rule, a letter or a demo can't.
ASKING = frozenset({"page", "board", "rest", "admin", "bulk", "import"})


def put(draft: Draft[Any], one: Made, value: Any) -> None:
    """Write a value into a draft's record, or say why not. The dictionary is never changed in place."""
    try:
        kept = one.keep(value)
    except FieldError as refused:
        draft.error(one.name, str(refused))
        return
    custom = {key: held for key, held in draft.record.custom.items() if key != one.custom_key}
    if kept is not None and kept != []:
        custom[one.custom_key] = kept
    draft.record.custom = custom


def fill_first(drafts: Sequence[Draft[Any]], model: Any, ctx: WriteContext) -> None:
    """Give new records the first values that nobody gave otherwise."""
    made = [one for one in known.made_of(model).values() if one.definition.default is not None]
    if not made or ctx.via == "demo":
        return
    today = timezone.localtime(ctx.at).date()
    for draft in drafts:
        for one in made:
            if one.name not in draft.changes:
                put(draft, one, one.of.first(one, ctx.actor, today))


def check(drafts: Sequence[Draft[Any]], model: Any, ctx: WriteContext) -> None:
    """Refuse what is missing, what is offered no more, and what another record has."""
    for one in known.made_of(model).values():
        if one.retired:
            for draft in drafts:
                _check_offered(draft, one)
        if one.definition.is_unique:
            _check_unique(drafts, one, model)
        if one.kind is Kind.FILE and ctx.actor is not None:
            _check_files(drafts, one, ctx)
        if ctx.actor is not None and ctx.via in ASKING and _may_be_required(one):
            for draft in drafts:
                _check_filled(draft, one)


def _may_be_required(one: Made) -> bool:
    return one.definition.is_required or not conditions.is_always(one.definition.required_when)


def _before(draft: Draft[Any], one: Made) -> Any:
    return (draft.snapshot.get("custom") or {}).get(one.custom_key)


def _check_offered(draft: Draft[Any], one: Made) -> None:
    held, before = one.stored(draft.record), _before(draft, one)
    fresh = set(_listed(held)) - set(_listed(before))
    for key in sorted(fresh & one.retired):
        text = _("“%(value)s” is not offered any more.")
        draft.error(one.name, text % {"value": dict(one.choices)[key]})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _check_filled(draft: Draft[Any], one: Made) -> None:
    """Ask for a missing value where this very change makes it due.

    A record older than the rule may be edited elsewhere without anybody being stopped.
    """
    if one.stored(draft.record) is not None:
        return
    touched = {one.name, *conditions.asked_of(one)}
    if not draft.is_new and not touched & set(draft.changes):
        return
    if conditions.is_required(one, conditions.of_record(draft.record)):
        draft.error(one.name, _("This field is required."), code="required")


def _check_unique(drafts: Sequence[Draft[Any]], one: Made, model: Any) -> None:
    """Refuse values that another record holds, or that come twice in the set: one query for all."""
    wanted = {
        id(draft): fold(held)
        for draft in drafts
        if (held := one.stored(draft.record)) is not None and (draft.is_new or held != _before(draft, one))
    }
    if not wanted:
        return
    taken = _holders(one, model, set(wanted.values()))
    seen: Counter[str] = Counter()
    for draft in drafts:
        value = wanted.get(id(draft))
        if value is None:
            continue
        seen[value] += 1
        if seen[value] > 1 or taken.get(value, {draft.record.pk}) != {draft.record.pk}:
            draft.error(one.name, _("Another record has this value already."), code="unique")


def _check_files(drafts: Sequence[Draft[Any]], one: Made, ctx: WriteContext) -> None:
    """Take files only that the actor has just uploaded, or that lie on the record itself."""
    assert ctx.actor is not None
    fresh = [(draft, held) for draft in drafts if (held := one.stored(draft.record)) != _before(draft, one)]
    rows = Attachment.objects.in_bulk({held for _draft, held in fresh if held is not None})
    for draft, held in fresh:
        row = rows.get(held) if held is not None else None
        is_own = row is not None and (
            row.record_id == ctx.actor.pk if row.is_staged else row.ref == draft.record.ref
        )
        if held is not None and not is_own:
            draft.error(one.name, _("There is no such file, or it is not yours."), code="not_found")


def take_files(drafts: Sequence[Draft[Any]], model: Any) -> None:
    """Put uploaded files on the saved records; one that was replaced stays there as an ordinary file."""
    for one in known.made_of(model).values():
        if one.kind is not Kind.FILE:
            continue
        for draft in drafts:
            held, before = one.stored(draft.record), _before(draft, one)
            if held == before:
                continue
            Attachment.objects.filter(pk=before).update(field="")
            ref = draft.record.ref
            Attachment.objects.filter(pk=held, type_id__in=(STAGED, ref.type_id)).update(
                type_id=ref.type_id, record_id=ref.id, field=one.name
            )


def fold(value: Any) -> str:
    """How values are compared that must not come twice."""
    return str(value).lower()


def _holders(one: Made, model: Any, values: Collection[str]) -> Mapping[str, set[int]]:
    table = connection.ops.quote_name(model._meta.db_table)
    found: dict[str, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT lower(custom ->> '{one.custom_key}'), id FROM {table}"
            f" WHERE lower(custom ->> '{one.custom_key}') = ANY(%s) AND deleted_at IS NULL",
            [list(values)],
        )
        for value, pk in cursor.fetchall():
            found.setdefault(value, set()).add(pk)
    return found


def take(draft: Draft[Any], refused: IntegrityError) -> bool:
    """Tell a refusal by one of our unique indexes in words; false when it was none."""
    name = str(getattr(getattr(refused.__cause__, "diag", None), "constraint_name", "") or "")
    for one in known.made_of(type(draft.record)).values():
        if name.startswith(f"{UNIQUE_INDEX}{one.definition.pk}_"):
            draft.error(one.name, _("Another record has this value already."), code="unique")
            return True
    return False


def words_of(record: Any) -> str:
    """Return by which custom values the search finds a record."""
    held: Mapping[str, Any] = record.custom
    if not held:
        return ""
    return " ".join(
        one.of.words(one, held[one.custom_key])
        for one in known.made_of(type(record)).values()
        if one.definition.is_searchable and one.custom_key in held
    )


def changes_between(model: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what changed, by the name of each field, as an event keeps it."""
    made = {one.custom_key: one for one in known.made_of(model).values()}
    found: dict[str, dict[str, Any]] = {}
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) == new.get(key):
            continue
        one = made.get(key)
        found[one.name if one else f"cf_{key}"] = {"old": old.get(key), "new": new.get(key)}
    return found


def name_references(model: Any, changes: Sequence[dict[str, dict[str, Any]]]) -> None:
    """Write beside references the names of the records they mean: one query per field of the set."""
    for one in known.made_of(model).values():
        if one.kind not in (Kind.REFERENCE, Kind.USER, Kind.FILE) or one.to is None:
            continue
        sides = [
            (change[one.name], side)
            for change in changes
            if one.name in change
            for side in ("old", "new")
            if change[one.name][side] is not None
        ]
        if not sides:
            continue
        rows = one.to._base_manager.in_bulk({change[side] for change, side in sides})
        for change, side in sides:
            change[f"{side}_text"] = str(rows.get(change[side], ""))
