"""Turns what a service wrote into events: names, old and new values, whose timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from crm.records.customfields import writing as custom
from crm.records.events import Happening, emit_many

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crm.records.drafts import Draft, WriteContext
    from crm.records.services import RecordService

#: Columns whose change is no news.
QUIET = frozenset({"version", "updated_at", "last_touch_at", "next_due_at", "created_at", "created_by_id"})


def tell(
    service: RecordService[Any], drafts: Sequence[Draft[Any]], fresh: Mapping[int, Any], ctx: WriteContext
) -> None:
    """Emit one event per written record."""
    names = _names_of_references(service.model, drafts)
    changed = {id(draft): changes_of(draft, names, service.internal) for draft in drafts if not draft.is_new}
    custom.name_references(service.model, list(changed.values()))
    model_name = service.model._meta.model_name
    happenings = []
    for draft in drafts:
        record = fresh[draft.record.pk]
        data = dict(draft.facts)
        if changes := changed.get(id(draft)):
            data["changes"] = changes
        happenings.append(
            Happening(
                name=draft.event or f"{model_name}.{'created' if draft.is_new else 'updated'}",
                ref=draft.record.ref,
                title=service.title(record),
                at=draft.event_at or ctx.at,
                data=data,
                links=tuple(service.links(record)),
            )
        )
    emit_many(happenings, actor=ctx.actor, via=ctx.via, job=ctx.job, run_rules=ctx.is_told)


def changes_of(
    draft: Draft[Any], names: Mapping[tuple[str, Any], str], internal: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """Return {field: {"old", "new"}} and, for references, their names as "old_text", "new_text"."""
    changes: dict[str, dict[str, Any]] = {}
    by_attname = {one.attname: one for one in draft.record._meta.concrete_fields}
    for attname, old in draft.before.items():
        if attname in QUIET:
            continue
        one, new = by_attname[attname], getattr(draft.record, attname)
        if one.name in internal:
            continue
        if attname == "custom":
            changes |= custom.changes_between(type(draft.record), old, new)
            continue
        changes[one.name] = {"old": old, "new": new}
        if one.is_relation:
            changes[one.name]["old_text"] = names.get((attname, old), "")
            changes[one.name]["new_text"] = names.get((attname, new), "")
    for name, (old, new) in draft.notes.items():
        changes[name] = {"old": old, "new": new}
    return changes


def _names_of_references(
    model: type[models.Model], drafts: Sequence[Draft[Any]]
) -> dict[tuple[str, Any], str]:
    """Look up the names of all old and new references of the set, one query per field."""
    found: dict[tuple[str, Any], str] = {}
    for one in model._meta.concrete_fields:
        if not isinstance(one, models.ForeignKey) or one.attname in QUIET:
            continue
        wanted = {
            value
            for draft in drafts
            if one.attname in draft.before
            for value in (draft.before[one.attname], getattr(draft.record, one.attname))
            if value is not None
        }
        if wanted:
            related: Any = one.related_model
            for row in related._base_manager.filter(pk__in=wanted):
                found[one.attname, row.pk] = str(row)
    return found
