"""Refusing what the actor may not write: rights over records, over fields, over references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from crm.identity.scopes import Scope
from crm.records.customfields.field import Made
from crm.records.fields import Kind, fields_of
from crm.records.models import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.drafts import Draft, WriteContext

#: Fields that decide whose the record is.
OWNERSHIP = ("owner", "team")


def check_add(model: type[Record], drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Refuse drafts of new records that the actor may not make."""
    if ctx.access is None:
        return
    if not ctx.access.can(model, way_in(model, ctx)):
        for draft in drafts:
            draft.error("__all__", _("You may not add records of this kind."), code="forbidden")
    _check_fields(model, drafts, ctx)


def way_in(model: type[Record], ctx: WriteContext) -> str:
    """Return the right under which new records come: a file may name companies that one may add by hand."""
    if ctx.via != "import" or ctx.access is None or ctx.access.scope(model, "import") is Scope.NONE:
        return "add"
    return "import"


def check_reach(model: type[Record], drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Refuse rows of a file that would make records beyond the importer's reach: other people's, say."""
    if ctx.access is None or ctx.via != "import":
        return
    action = way_in(model, ctx)
    if ctx.access.scope(model, action) is Scope.ALL:
        return
    for draft in drafts:
        if not draft.errors and not ctx.access.can(model, action, draft.record):
            draft.error("owner", _("You may import records of your own only."), code="forbidden")


def check_change(model: type[Record], drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Refuse changes to records, or to fields, that are not the actor's to change."""
    check_action(model, drafts, "change", ctx)
    if ctx.access is None:
        return
    for draft in drafts:
        if any(name in draft.changes for name in OWNERSHIP) and _gives_away(draft):
            _check_one(model, draft, "assign", ctx)
    _check_fields(model, drafts, ctx)


def check_action(model: type[Record], drafts: Sequence[Draft[Any]], action: str, ctx: WriteContext) -> None:
    """Refuse drafts whose record was merged meanwhile, or which the actor may not ``action``."""
    for draft in drafts:
        if draft.record.merged_into_id is not None:
            draft.error("__all__", merged_meanwhile(draft.record), code="merged")
    if ctx.access is not None:
        for draft in drafts:
            _check_one(model, draft, action, ctx)


def merged_meanwhile(record: Record) -> str:
    """Say into which record this one was merged."""
    survivor = type(record).all_objects.filter(pk=record.merged_into_id).first()
    return _("%(record)s was merged into %(survivor)s meanwhile.") % {
        "record": record,
        "survivor": survivor or "…",
    }


def lead_on(model: type[Record], drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Let references to merged records lead to those in which they live on.

    A file or a rule may have looked the record up a while ago. What is referred to is held, so
    that a merge under way is waited for; by hand only what is seen can be chosen anyway.
    """
    if ctx.by_hand:
        return
    for one in model._meta.concrete_fields:
        target: Any = one.related_model
        if not one.is_relation or not (isinstance(target, type) and issubclass(target, Record)):
            continue
        given = [draft.record for draft in drafts if draft.is_new or one.name in draft.changes]
        ids = {getattr(record, one.attname) for record in given} - {None}
        while ids and (into := _merged_into(target, ids)):
            for record in given:
                pk = getattr(record, one.attname)
                setattr(record, one.attname, into.get(pk, pk))
            ids = set(into.values())


def _merged_into(model: Any, ids: set[int]) -> dict[int, int]:
    """Return {merged record: survivor} among ``ids``, all of which are held until the write is done."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, merged_into_id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [sorted(ids)],
        )
        return {pk: into for pk, into in cursor.fetchall() if into is not None}


def _check_one(model: type[Record], draft: Draft[Any], action: str, ctx: WriteContext) -> None:
    assert ctx.access is not None
    if not ctx.access.can(model, action, draft.record):
        text = (
            _("You may not assign this record.")
            if action == "assign"
            else _("You may not change this record.")
        )
        draft.error("__all__", text, code="forbidden")


def _gives_away(draft: Draft[Any]) -> bool:
    for name in OWNERSHIP:
        if name in draft.changes:
            value = draft.changes[name]
            if getattr(draft.record, f"{name}_id") != getattr(value, "pk", value):
                return True
    return False


def _check_fields(model: type[Record], drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    assert ctx.access is not None
    names = {name for draft in drafts for name in draft.changes}
    limited = {name for name in names if ctx.access.field_level(model, name)}
    for draft in drafts:
        for name in limited.intersection(draft.changes):
            if not draft.is_new or draft.changes[name]:
                draft.error(name, _("You may not change this field."), code="forbidden")
    if ctx.by_hand or ctx.via in ("bulk", "automation", "import"):
        _check_references(model, drafts, names, ctx)


def _check_references(
    model: type[Record], drafts: Sequence[Draft[Any]], names: set[str], ctx: WriteContext
) -> None:
    """A person may only point at records that they see: else ids could be guessed."""
    known = fields_of(model)
    for name in names:
        one = known.get(name)
        if one is None or one.kind is not Kind.REFERENCE or one.to is None or not issubclass(one.to, Record):
            continue
        wanted = {_id_of(draft.changes[name]) for draft in drafts if name in draft.changes} - {None}
        if not wanted:
            continue
        seen = set(one.to.objects.visible_to(ctx.actor).filter(pk__in=wanted).values_list("pk", flat=True))
        for draft in drafts:
            value = _id_of(draft.changes.get(name))
            held = (
                one.stored(draft.record)
                if isinstance(one, Made)
                else getattr(draft.record, f"{name}_id", None)
            )
            if value is not None and value not in seen and value != held:
                draft.error(name, _("There is no such record, or you may not see it."), code="not_found")


def _id_of(value: Any) -> int | None:
    found = getattr(value, "pk", value)
    return found if isinstance(found, int) else None
