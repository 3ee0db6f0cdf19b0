"""What happens to calls, tasks and notes when the record they are about goes for good.

Undo of an import never throws away what people did since: such a record stays. When a record
leaves the bin for good, its activities pass to the company or person on whose page they show;
those that have no other record go along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import ngettext

from crm.records.models import ExternalId, Search
from crm.timeline import linking
from crm.timeline.models import Activity, ActivityLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.models import Record
    from crm.records.registry import Ref


def hold(model: type[Record], ids: Sequence[int]) -> dict[int, str]:
    """Keep records that calls, tasks, meetings or notes are about."""
    type_id = model.record_type.id
    if type_id == Activity.record_type.id:
        return {}
    rows = (
        Activity.objects.filter(about_type_id=type_id, about_id__in=ids)
        .values_list("about_id")
        .annotate(count=Count("pk"))
    )
    return {pk: _reason(count) for pk, count in rows if pk is not None}


def _reason(count: int) -> str:
    text = ngettext("%(count)d activity belongs to it.", "%(count)d activities belong to it.", count)
    return text % {"count": count}


def let_go(model: type[Record], ids: Sequence[int]) -> None:
    """Pass the activities of gone records on, or let them go along."""
    type_id = model.record_type.id
    if type_id == Activity.record_type.id:
        return
    ActivityLink.objects.filter(type_id=type_id, record_id__in=ids).delete()
    orphans = list(Activity.all_objects.filter(about_type_id=type_id, about_id__in=ids))
    heirs = _heirs(orphans)
    going = [one.pk for one in orphans if one.pk not in heirs]
    for one in orphans:
        if heir := heirs.get(one.pk):
            one.about_type_id, one.about_id = heir.type_id, heir.id
    staying = [one for one in orphans if one.pk in heirs]
    Activity.all_objects.bulk_update(staying, ["about_type_id", "about_id"], batch_size=500)
    own = Activity.record_type.id
    Search.objects.filter(type_id=own, record_id__in=going).delete()
    ExternalId.objects.filter(type_id=own, record_id__in=going).delete()
    Activity.all_objects.filter(pk__in=going).delete()


def _heirs(orphans: Sequence[Activity]) -> dict[int, Ref]:
    """Choose for each activity another record on whose page it shows, the most special first."""
    ranks = {one.id: rank for rank, one in enumerate(linking.about_types().values())}
    links = [
        link
        for link in ActivityLink.objects.filter(activity__in=[one.pk for one in orphans])
        if link.type_id in ranks
    ]
    there = {ref for ref, one in linking.records_of(link.ref for link in links).items() if not one.is_deleted}
    found: dict[int, Ref] = {}
    for link in sorted(links, key=lambda link: (ranks[link.type_id], link.pk)):
        if link.ref in there:
            found.setdefault(link.activity_id, link.ref)
    return found
