"""What a list of activities can be asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.lib.dates import start_of_day
from crm.records.registry import Ref
from crm.timeline import selectors
from crm.timeline.linking import about_types, visible_refs
from crm.timeline.models import OPEN, Activity, ActivityLink
from crm.ui.asking import Option, RecordFilter
from crm.ui.filters import ChoiceFilter, PeriodFilter, RecordFilters, ReferenceFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise


class StateFilter(RecordFilter):
    """Open, late, due today, without a day, done, cancelled."""

    several = True
    labels: ClassVar[dict[str, str | Promise]] = {
        "open": gettext_lazy("open"),
        "overdue": gettext_lazy("overdue"),
        "today": gettext_lazy("due today"),
        "later": gettext_lazy("later"),
        "undated": gettext_lazy("without a day"),
        "done": gettext_lazy("done"),
        "cancelled": gettext_lazy("cancelled"),
    }

    def parse(self, raw: Sequence[str]) -> Any:
        return [one for one in raw if one in self.labels]

    def options(self, value: Any) -> list[Option]:
        return [Option(key, str(label), key in (value or ())) for key, label in self.labels.items()]

    def q(self, value: Any) -> Q:
        zone = timezone.get_current_timezone()
        tomorrow = start_of_day(timezone.localtime(self.at).date() + timedelta(days=1), zone)
        known = {
            "open": OPEN,
            "overdue": OPEN & Q(due_at__lt=self.at),
            "today": OPEN & Q(due_at__gte=self.at, due_at__lt=tomorrow),
            "later": OPEN & Q(due_at__gte=tomorrow),
            "undated": OPEN & Q(due_at=None),
            "done": Q(done_at__isnull=False),
            "cancelled": Q(cancelled_at__isnull=False),
        }
        found = Q()
        for one in value:
            found |= known[one]
        if not {"done", "cancelled"} & set(value):
            # As on Today: what lies in the bin plans nothing for anybody.
            found &= Q(about_id=None) | Q(about_row__id__isnull=False)
        return found

    def sentence(self, value: Any) -> str:
        return _(" or ").join(str(self.labels[one]) for one in value)


class WithFilter(RecordFilter):
    """Activities with some record: "deals:12". Those of its people and deals are among them."""

    in_panel = False

    def parse(self, raw: Sequence[str]) -> Any:
        types = {one.slug: one for one in about_types().values()}
        found = []
        for text in raw:
            slug, _colon, pk = text.partition(":")
            if slug in types and pk.isdecimal() and len(pk) < 19:
                found.append(Ref(types[slug].id, int(pk)))
        return sorted(visible_refs(found, self.user))

    def q(self, value: Any) -> Q:
        found = Q(pk__in=[])
        for type_id, record_id in value:
            links = ActivityLink.objects.filter(type_id=type_id, record_id=record_id)
            found |= Q(pk__in=links.values("activity_id"))
        return found

    def sentence(self, value: Any) -> str:
        names = selectors.titles({Ref(*one) for one in value})
        return _(" or ").join(row.title for row in names.values())


class ActivityFilters(RecordFilters):
    """Activities."""

    planned = None  # type: ignore[assignment]
    quiet = None  # type: ignore[assignment]
    state = StateFilter(label=gettext_lazy("State"), says="%(value)s")
    kind = ChoiceFilter(field_name="kind", says=pgettext_lazy("kind of an activity", "%(value)s"))
    due = PeriodFilter(field_name="due_at", says=gettext_lazy("due %(value)s"))
    done = PeriodFilter(field_name="done_at", says=gettext_lazy("done %(value)s"))
    outcome = ReferenceFilter(field_name="outcome")
    direction = ChoiceFilter(field_name="direction", slow=True)
    priority = ChoiceFilter(field_name="priority", slow=True)
    having = WithFilter(label=gettext_lazy("With"))

    class Meta:
        model = Activity
        fields: ClassVar[list[str]] = []
