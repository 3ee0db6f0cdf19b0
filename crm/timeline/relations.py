"""How conditions walk between records and what was or will be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crm.timeline.linking import about_types
from crm.timeline.models import ActivityLink
from crm.ui.conditions import Relation, relations

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from crm.records.registry import RecordType

ACTIVITY = "timeline.activity"


def on_page_of(record_type: RecordType) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    """The activities that stand on the record's page."""
    return lambda activities: activities.filter(
        links__type_id=record_type.id, links__record_id=OuterRef("pk")
    )


def with_activity(record_type: RecordType) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    """The records of a type on whose page the activity stands."""

    def link(records: QuerySet[Any]) -> QuerySet[Any]:
        links = ActivityLink.objects.filter(activity=OuterRef(OuterRef("pk")), type_id=record_type.id)
        return records.filter(pk__in=links.values("record_id"))

    return link


def register() -> None:
    """Hand in the relations between activities and every type that they can be about."""
    for name, record_type in about_types().items():
        relations.register(
            Relation(
                of=record_type.key,
                key="activities",
                to=ACTIVITY,
                label=_("Activities"),
                some=_("with an activity"),
                none=_("with no activity"),
                least=ngettext_lazy(
                    "with at least %(count)d activity", "with at least %(count)d activities", "count"
                ),
                link=on_page_of(record_type),
            ),
            Relation(
                of=ACTIVITY,
                key=name,
                to=record_type.key,
                label=record_type.model._meta.verbose_name or name,
                some=SOME.get(name, _("with such a record")),
                none=NONE.get(name, _("with no such record")),
                link=with_activity(record_type),
            ),
        )


SOME = {"deal": _("on a deal"), "person": _("with a person"), "company": _("with a company")}
NONE = {"deal": _("on no deal"), "person": _("with no person"), "company": _("with no company")}
