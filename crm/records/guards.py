"""Refusing what the actor may not write: rights over records, over fields, over references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

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
    if not ctx.access.can(model, "import" if ctx.via == "import" else "add"):
        for draft in drafts:
            draft.error("__all__", _("You may not add records of this kind."), code="forbidden")
    _check_fields(model, drafts, ctx)


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
    """Refuse drafts whose record the actor may not ``action``."""
    if ctx.access is not None:
        for draft in drafts:
            _check_one(model, draft, action, ctx)


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
    if ctx.by_hand or ctx.via in ("bulk", "automation"):
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
            held = one.stored(draft.record) if isinstance(one, Made) else getattr(draft.record, f"{name}_id", None)
            if value is not None and value not in seen and value != held:
                draft.error(name, _("There is no such record, or you may not see it."), code="not_found")


def _id_of(value: Any) -> int | None:
    found = getattr(value, "pk", value)
    return found if isinstance(found, int) else None
