"""Making, changing, ordering and deleting custom fields; each act is an event of the audit log.

A deleted field is gone from every page at once; its values rest for 30 days and return with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crm.records import events, jobs, registry
from crm.records.customfields import indexes, known
from crm.records.customfields.checking import check, tidy
from crm.records.models import CustomField
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crm.identity.models import User

#: The number under which events of set-up tables are filed.
SETUP_TYPE_ID = 0
KEPT_DAYS = 30
#: So many records lose a dead field's values in one statement.
PURGED_AT_ONCE = 5000
TOLD = (
    *("kind", "label", "label_ru", "help", "help_ru", "section", "section_ru", "position"),
    *("choices", "options", "default", "is_required", "shown_when", "required_when", "is_sortable"),
    *("is_searchable", "is_unique", "on_card", "in_quick", "is_active"),
)


@transaction.atomic
def create_field(
    *, type_id: int, values: Mapping[str, Any], actor: User | None, at: datetime, via: str = "admin"
) -> CustomField:
    """Make a field; it is there at the next request of everybody.

    Raises:
        ValidationError: with what is wrong, by name.
    """
    row = CustomField(type_id=type_id, created_at=at, created_by=actor, **values)
    if not row.position:
        last = known.definitions(type_id).last()
        row.position = (last.position if last else 0) + 1
    tidy(row)
    check(row)
    row.save()
    _tell(row, "created", actor, at, via)
    _follow(row, None, actor)
    return row


@transaction.atomic
def update_field(
    *, field: CustomField, values: Mapping[str, Any], actor: User | None, at: datetime, via: str = "admin"
) -> CustomField:
    """Change a field. Its key stays, its kind too unless no value is touched by the change.

    Raises:
        ValidationError: with what is wrong, by name.
    """
    row = CustomField.objects.select_for_update().get(pk=field.pk)
    before = CustomField.objects.get(pk=field.pk)
    for name, value in values.items():
        if name in TOLD:
            setattr(row, name, value)
    tidy(row, before)
    check(row, before)
    changes = {
        name: {"old": getattr(before, name), "new": getattr(row, name)}
        for name in TOLD
        if getattr(before, name) != getattr(row, name)
    }
    if not changes:
        return row
    row.save()
    _tell(row, "updated", actor, at, via, changes)
    _follow(row, before, actor)
    return row


@transaction.atomic
def delete_field(*, field: CustomField, actor: User | None, at: datetime) -> CustomField:
    """Take a field away from every page; it can return for 30 days."""
    row = CustomField.objects.select_for_update().get(pk=field.pk)
    if row.is_deleted:
        return row
    row.deleted_at = at
    row.save(update_fields=["deleted_at"])
    _tell(row, "deleted", actor, at, "admin")
    _follow(row, None, actor, forced=row.is_searchable)
    return row


@transaction.atomic
def restore_field(*, field: CustomField, actor: User | None, at: datetime) -> CustomField:
    """Bring a deleted field back with all its values."""
    row = CustomField.objects.select_for_update().get(pk=field.pk)
    if not row.is_deleted:
        return row
    row.deleted_at = None
    row.save(update_fields=["deleted_at"])
    _tell(row, "restored", actor, at, "admin")
    _follow(row, None, actor, forced=row.is_searchable)
    return row


@transaction.atomic
def order_fields(*, type_id: int, keys: Sequence[str], actor: User | None, at: datetime) -> None:
    """Put the fields of a type into this order; those not named come last, as they were."""
    rows = {row.key: row for row in known.definitions(type_id).select_for_update()}
    order = [*(key for key in keys if key in rows), *(key for key in rows if key not in keys)]
    for position, key in enumerate(order, 1):
        row = rows[key]
        if row.position != position:
            change = {"position": {"old": row.position, "new": position}}
            row.position = position
            row.save(update_fields=["position"])
            _tell(row, "updated", actor, at, "admin", change)
    known.changed()


def _tell(
    row: CustomField, verb: str, actor: User | None, at: datetime, via: str, changes: Any = None
) -> None:
    events.emit(
        f"customfield.{verb}",
        ref=Ref(SETUP_TYPE_ID, row.pk),
        title=f"{registry.by_id(row.type_id).label}: {row.label}",
        actor=actor,
        at=at,
        changes=changes,
        via=via,
    )


def _follow(
    row: CustomField, before: CustomField | None, actor: User | None, *, forced: bool = False
) -> None:
    """Let every process know, and have the database made ready by a job."""
    known.changed()
    if indexes.are_wanted(row) and not row.is_deleted:
        title = _("Make the index of “%(field)s”") % {"field": row.shown_label}
        jobs.start("customfield_index", actor=actor, title=title, params={"field": row.pk})
    if forced or (before is not None and _words(before) != _words(row)):
        title = _("Make “%(field)s” known to the search") % {"field": row.shown_label}
        jobs.start("customfield_search", actor=actor, title=title, params={"field": row.pk, "key": row.key})


def _words(row: CustomField) -> Any:
    """What of a definition the search has learnt."""
    labels = [(one["key"], one["label"], one.get("label_ru")) for one in row.choices]
    return (row.is_active, labels) if row.is_searchable else None


def purge(*, now: datetime) -> int:
    """Forget for good the fields deleted more than 30 days ago, and their values; return how many."""
    gone = 0
    for row in CustomField.objects.filter(deleted_at__lt=now - timedelta(days=KEPT_DAYS)):
        _forget_values(row)
        indexes.drop(row)
        with transaction.atomic():
            _tell(row, "removed", None, now, "nightly")
            row.delete()
        gone += 1
    indexes.sweep()
    if gone:
        known.changed()
    return gone


def _forget_values(row: CustomField) -> None:
    table = indexes.table_of(row)
    statement = (
        f"UPDATE {table} SET custom = custom - %s WHERE id IN"
        f" (SELECT id FROM {table} WHERE custom ? %s ORDER BY id LIMIT {PURGED_AT_ONCE})"
    )
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [row.key, row.key])
            if cursor.rowcount < PURGED_AT_ONCE:
                return
