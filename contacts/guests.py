"""People as guests of meetings: how they are addressed, found by address, and made by a booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacts.models import ContactPoint, Person, PointKind
from crm.records.registry import Ref, service_for
from crm.timeline import guests
from crm.timeline.guests import Guest

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from crm.identity.models import User


class People:
    """The people of the customers."""

    def of(self, refs: Collection[Ref]) -> dict[Ref, Guest]:
        """Return name and main address of people; those in the bin are nobody's guests."""
        ids = [ref.id for ref in refs if ref.type_id == Person.record_type.id]
        if not ids:
            return {}
        points = ContactPoint.objects.filter(person__in=ids, kind=PointKind.EMAIL, is_invalid=False)
        emails: dict[int | None, str] = {}
        for person, value in points.order_by("is_primary", "-pk").values_list("person_id", "value"):
            emails[person] = value
        people = Person.objects.filter(pk__in=ids).values_list("pk", "name")
        return {
            Ref(Person.record_type.id, pk): Guest(
                Ref(Person.record_type.id, pk), name or emails.get(pk, ""), emails.get(pk, "")
            )
            for pk, name in people
        }

    def find(self, email: str) -> Any | None:
        """Return the person who has this address; the longest known of several."""
        points = ContactPoint.objects.filter(
            kind=PointKind.EMAIL, normalised=email.strip().lower(), person__deleted_at=None
        )
        point = points.exclude(person=None).select_related("person").order_by("person_id").first()
        return point.person if point else None

    def make(self, *, name: str, email: str, phone: str, owner: User | None, at: datetime) -> Any:
        """Make a person of somebody who booked a time."""
        first, _space, last = name.strip().partition(" ")
        row: dict[str, Any] = {"first_name": first, "last_name": last, "email": email, "owner": owner}
        if phone:
            row["phone"] = phone
        return service_for(Person).create([row], actor=None, at=at, via="booking")[0].record


def register() -> None:
    guests.register(People())
