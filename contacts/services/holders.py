"""What writing a person and writing a company have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from contacts.models import Address, ContactPoint, Holder
from contacts.services import addresses, points, rows
from crm.identity.models import Membership
from crm.lib import names, phones
from crm.records import copying
from crm.records.services import RecordService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db import models

    from crm.records.drafts import Draft, WriteContext

#: What is found by how somebody is reached.
REACHED = frozenset({"email", "emails", "phone", "phones", "messengers", "links", "contact_points"})
H = TypeVar("H", bound=Holder)


class HolderService(RecordService[H]):
    """Writes a record together with its contact points and addresses."""

    commands: ClassVar[frozenset[str]] = frozenset({"rows"})
    mergeable: ClassVar[bool] = True
    covers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "email": ("emails", "contact_points"),
        "emails": ("email", "contact_points"),
        "phone": ("phones", "contact_points"),
        "phones": ("phone", "contact_points"),
        "messengers": ("contact_points",),
        "links": ("contact_points",),
        "contact_points": ("email", "emails", "phone", "phones", "messengers", "links"),
        "city": ("addresses",),
        "country": ("addresses",),
        "addresses": ("city", "country"),
    }
    #: References whose names the search knows.
    named: ClassVar[tuple[str, ...]] = ()
    copied: ClassVar[frozenset[str]] = frozenset({"email", "phone", "city", "country"})

    def prepare(self, drafts: Sequence[Draft[H]], ctx: WriteContext) -> None:
        give_teams(drafts)
        addresses.plan(drafts, ctx)
        points.plan(drafts, ctx)

    def after_save(self, drafts: Sequence[Draft[H]], ctx: WriteContext) -> None:
        rows.write(ContactPoint, drafts, ctx)
        rows.write(Address, drafts, ctx)

    def for_search(self, records: models.QuerySet[H]) -> models.QuerySet[H]:
        return records.select_related(*self.named).prefetch_related("contact_points")

    def as_saved(self, drafts: Sequence[Draft[H]]) -> list[H] | None:
        if not all(draft.is_new for draft in drafts):
            return None
        found = [self.kept(draft.record, rows.written_of(draft.record)) for draft in drafts]
        for name in self.named:
            related: Any = self.model._meta.get_field(name).related_model
            ids = {getattr(record, f"{name}_id") for record in found} - {None}
            known = related._base_manager.in_bulk(ids) if ids else {}
            for record in found:
                record._state.fields_cache[name] = known.get(getattr(record, f"{name}_id"))
        return found

    def kept(self, record: H, written: Mapping[type[models.Model], list[Any]]) -> H:
        """Return a new record with what ``for_search`` reads around it, as it was just written."""
        return copying.twin_of(record, contact_points=written.get(ContactPoint, []))

    def reach_text(self, record: H) -> str:
        """Return all contact points as people may type them: whole, and phones by their digits."""
        words = []
        for point in record.contact_points.all():
            words.append(point.value)
            words.append(phones.digits(point.normalised) if point.kind == "phone" else point.normalised)
        return " ".join(dict.fromkeys(words))


def both_scripts(text: str) -> str:
    """Return ``text`` and the same in the other script."""
    return f"{text} {names.other_script(text)}"


def give_teams(drafts: Sequence[Draft[Any]]) -> None:
    """Put new records without a team into the main team of their owner."""
    waiting = [
        draft.record
        for draft in drafts
        if draft.is_new and draft.record.owner_id and not draft.record.team_id and "team" not in draft.changes
    ]
    if not waiting:
        return
    found: dict[int, int] = {}
    rows_ = Membership.objects.filter(user_id__in={record.owner_id for record in waiting})
    for user_id, team_id in rows_.order_by("is_primary", "-pk").values_list("user_id", "team_id"):
        found[user_id] = team_id
    for record in waiting:
        record.team_id = found.get(record.owner_id)
