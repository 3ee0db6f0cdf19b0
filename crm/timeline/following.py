"""Keeps the links of activities in line when the records they are about change.

A deal that gets another company takes its activities along; what lies in the bin plans
nothing for anybody.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import models

from crm.records import copying
from crm.timeline import keeping, linking
from crm.timeline.models import Activity, ActivityLink

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crm.records.drafts import Draft
    from crm.records.registry import Ref
    from crm.records.services import RecordService

#: Columns of every record that say nothing about whose page it shows on.
OWN = frozenset({"owner_id", "team_id", "created_by_id", "merged_into_id"})


def follow(service: RecordService[Any], drafts: Sequence[Draft[Any]], fresh: Mapping[int, Any]) -> None:
    """Relink activities of records whose company or people changed, or which went to the bin or came back."""
    if service.model is Activity or service.model.record_type.trade in linking.LIFELESS:
        return
    relations = {
        one.attname for one in service.model._meta.concrete_fields if isinstance(one, models.ForeignKey)
    }
    telling = (relations - OWN) | {"deleted_at"}
    moved = [
        fresh[draft.record.pk]
        for draft in drafts
        if not draft.is_new and (draft.notes or not telling.isdisjoint(draft.before))
    ]
    if moved:
        relink(service, moved)


def relink(service: RecordService[Any], records: Sequence[Any]) -> None:
    """Bring the links of all activities about ``records`` in line."""
    by_id = {record.pk: record for record in records}
    type_id = service.model.record_type.id
    activities = list(
        Activity.objects.filter(about_type_id=type_id, about_id__in=by_id).select_related("outcome")
    )
    if not activities:
        return
    wanted = {record.ref: {record.ref, *service.links(record)} for record in records}
    gone = {record.ref for record in records if record.is_deleted}
    touched = _replace_links(activities, wanted, gone)
    keeping.settle_links(activities, gone)
    keeping.settle_next_due([*wanted, *touched])


def _replace_links(
    activities: Sequence[Activity], wanted: Mapping[Ref, Collection[Ref]], gone: Collection[Ref]
) -> set[Ref]:
    """Make links that are missing and drop those of former companies and people; return whom it concerns.

    A record in the bin keeps its links, so that it comes back as it went.
    """
    known: dict[int, dict[Ref, ActivityLink]] = defaultdict(dict)
    for link in ActivityLink.objects.filter(activity__in=[one.pk for one in activities]):
        known[link.activity_id][link.ref] = link
    made, concerned = [], {ref for links in known.values() for ref in links}
    dropped: list[int] = []
    for activity in activities:
        refs = wanted[activity.about]  # type: ignore[index]
        links = known[activity.pk]
        made += [
            ActivityLink(activity=activity, type_id=ref.type_id, record_id=ref.id)
            for ref in refs
            if ref not in links
        ]
        if activity.about not in gone:
            dropped += [link.pk for ref, link in links.items() if ref not in refs and not link.is_named]
    ActivityLink.objects.filter(pk__in=dropped).delete()
    copying.insert(ActivityLink, made)
    return concerned | {link.ref for link in made}
