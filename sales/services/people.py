"""Who has a say in a deal: added, given another role, or taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.records.registry import service_for
from sales.models import Deal, DealPerson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from contacts.models import Person
    from crm.identity.models import User
    from crm.records.drafts import Draft, WriteContext

PUT, DROP = "put_person", "drop_person"


def put_person(*, deal: Deal, person: Person, role: str, actor: User | None, at: datetime) -> None:
    """Put a person on a deal, or give one who is there another role."""
    service: Any = service_for(Deal)
    service.update([deal], {PUT: (person, role.strip())}, actor=actor, at=at)


def drop_person(*, deal: Deal, person: Person, actor: User | None, at: datetime) -> None:
    """Take a person off a deal; if it was the contact person, the deal has none then."""
    service: Any = service_for(Deal)
    changes: dict[str, Any] = {DROP: person}
    if deal.person_id == person.pk:
        changes["person"] = None
    service.update([deal], changes, actor=actor, at=at)


def note_people(drafts: Sequence[Draft[Deal]]) -> None:
    """Tell in the deal's history who came, went or changed roles."""
    for draft in drafts:
        if not {PUT, DROP}.intersection(draft.changes):
            continue
        rows = {row.person_id: row for row in named(draft.record)}
        before = written(rows.values())
        if PUT in draft.changes:
            person, role = draft.changes[PUT]
            rows[person.pk] = DealPerson(deal=draft.record, person=person, role=role)
        if DROP in draft.changes:
            rows.pop(draft.changes[DROP].pk, None)
        after = written(rows.values())
        if before != after:
            draft.notes["people"] = (before, after)


def write_people(drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
    """Write what ``note_people`` told."""
    for draft in drafts:
        if PUT in draft.changes:
            person, role = draft.changes[PUT]
            row, is_new = DealPerson.objects.get_or_create(
                deal=draft.record, person=person, defaults={"role": role}
            )
            if is_new:
                ctx.journal.created(row)
            elif row.role != role:
                before, row.role = row.role, role
                row.save(update_fields=["role"])
                ctx.journal.changed(row, {"role": before})
        if DROP in draft.changes:
            DealPerson.objects.filter(deal=draft.record, person=draft.changes[DROP]).delete()


def named(deal: Deal) -> list[DealPerson]:
    return list(DealPerson.objects.filter(deal=deal).select_related("person").order_by("pk"))


def written(rows: Iterable[DealPerson]) -> str:
    return ", ".join(str(row) for row in rows)
