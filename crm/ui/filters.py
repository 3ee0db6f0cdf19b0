"""Narrowing a list: what can be asked of a record type, in the address and in words.

A filter reads its value from the address, gives one condition, and tells it as a sentence
for the chip above the list. A filter without an index says ``slow=True``: it then narrows
only what is at most 10,000 rows already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import django_filters
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.access import access_for
from crm.records.models import JournalEntry
from crm.records.registry import type_of
from crm.records.search import matching_ids
from crm.ui.asking import (
    ChoiceFilter,
    Option,
    PeriodFilter,
    RangeFilter,
    RecordFilter,
    ReferenceFilter,
    TextFilter,
    UserFilter,
    YesNoFilter,
)
from crm.ui.conditions.filter import WhereFilter
from crm.ui.customfilters import CustomFilter, custom_filters
from crm.ui.periods import planned_states
from crm.ui.tables import has_index
from crm.ui.tagfilter import TagsFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import QueryDict
    from django.utils.functional import Promise

__all__ = [
    "Chip",
    "ChoiceFilter",
    "ConditionFilter",
    "PeriodFilter",
    "RangeFilter",
    "RecordFilter",
    "RecordFilters",
    "ReferenceFilter",
    "TagsFilter",
    "TextFilter",
    "UserFilter",
    "YesNoFilter",
]

QUIET_DAYS = (7, 14, 30, 60, 90, 180)


class SearchFilter(RecordFilter):
    """``?q=``: the words by which the search finds a record."""

    def q(self, value: Sequence[str]) -> Q:
        return Q(pk__in=matching_ids(type_of(self.model), value[0], self.parent.user))

    def sentence(self, value: Sequence[str]) -> str:
        return _("contains “%(text)s”") % {"text": value[0]}


class TeamFilter(ReferenceFilter):
    """Records of a team; "mine" are the viewer's teams."""

    words: ClassVar[Mapping[str, str | Promise]] = {
        "mine": gettext_lazy("my teams"),
        "none": gettext_lazy("none"),
    }

    def q_word(self, word: str) -> Q:
        if word == "mine":
            return Q(**{f"{self.column}__in": sorted(access_for(self.user).team_ids)})
        return super().q_word(word)


class PlannedFilter(RecordFilter):
    """Records by their next planned activity."""

    several = True
    labels: ClassVar[dict[str, str | Promise]] = {
        "none": gettext_lazy("nothing planned"),
        "overdue": gettext_lazy("overdue"),
        "today": gettext_lazy("today"),
        "later": gettext_lazy("later"),
    }

    def parse(self, raw: Sequence[str]) -> Any:
        return [one for one in raw if one in self.labels]

    def options(self, value: Any) -> list[Option]:
        return [Option(key, str(label), key in (value or ())) for key, label in self.labels.items()]

    def q(self, value: Any) -> Q:
        known = planned_states(self.at)
        found = Q()
        for one in value:
            found |= known[one]
        return found

    def sentence(self, value: Any) -> str:
        return _(" or ").join(str(self.labels[one]) for one in value)


class QuietFilter(RecordFilter):
    """Records that nobody has touched for some days."""

    def parse(self, raw: Sequence[str]) -> Any:
        return int(raw[0]) if raw[0].isdecimal() and len(raw[0]) < 5 else None

    def options(self, value: Any) -> list[Option]:
        return [
            Option(str(days), _("%(count)d days") % {"count": days}, days == value) for days in QUIET_DAYS
        ]

    def q(self, value: Any) -> Q:
        return Q(last_touch_at__lt=self.at - timedelta(days=value))

    def sentence(self, value: Any) -> str:
        return _("for %(count)d days") % {"count": value}


class IdsFilter(RecordFilter):
    """Some records by their numbers: what a figure or a result points at."""

    in_panel = False

    def parse(self, raw: Sequence[str]) -> Any:
        parts = (part for text in raw for part in text.split(","))
        return [int(part) for part in parts if part.isdecimal() and len(part) < 19][:1000]

    def q(self, value: Any) -> Q:
        return Q(pk__in=value)

    def sentence(self, value: Any) -> str:
        return _("%(count)d chosen") % {"count": len(value)}


class JobFilter(IdsFilter):
    """What an import or a bulk edit made or changed."""

    def q(self, value: Any) -> Q:
        rows = JournalEntry.objects.filter(job_id__in=value, model=self.model._meta.label_lower)
        return Q(pk__in=rows.values("object_id"))

    def sentence(self, value: Any) -> str:
        return _("number %(numbers)s") % {"numbers": ", ".join(str(one) for one in value)}


class ConditionFilter(RecordFilter):
    """A named condition that is on or off, such as "rotting"."""

    def __init__(
        self,
        *,
        q: Callable[[Any, datetime], Q],
        label: str | Promise,
        slow: bool = False,
        reads: Sequence[str] = (),
    ) -> None:
        super().__init__(label=label, slow=slow)
        self.condition = q
        #: The fields whose values it tells: it is not there for whom one of them is hidden.
        self.reads = frozenset(reads)

    def parse(self, raw: Sequence[str]) -> Any:
        return raw[0] in ("yes", "1", "on", "true") or None

    def options(self, value: Any) -> list[Option]:
        return [Option("yes", _("Yes"), bool(value))]

    def q(self, value: Any) -> Q:
        return self.condition(self.user, self.at)

    def sentence(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter in words; ``left`` is what the address says of it when the chip is dropped."""

    name: str
    label: str
    sentence: str
    left: str | None = None


class RecordFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What every record type can be asked; a trade adds its own.

    ``Meta.fields`` gives filters by the kind of the model's field.
    """

    q = SearchFilter(label=gettext_lazy("Text"), says="%(value)s")
    owner = UserFilter()
    team = TeamFilter()
    created = PeriodFilter(field_name="created_at", says=gettext_lazy("created %(value)s"))
    updated = PeriodFilter(field_name="updated_at", slow=True, says=gettext_lazy("changed %(value)s"))
    tags = TagsFilter()
    planned = PlannedFilter(field_name="next_due_at", label=gettext_lazy("Next activity"), slow=True)
    quiet = QuietFilter(field_name="last_touch_at", label=gettext_lazy("No contact"), slow=True)
    ids = IdsFilter(label=gettext_lazy("Records"))
    job = JobFilter(label=gettext_lazy("Job"))
    where = WhereFilter(label=gettext_lazy("Condition"))

    user: Any
    at: datetime

    def __init__(
        self,
        data: QueryDict | Mapping[str, Any] | None = None,
        *,
        user: Any,
        at: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        # Filters ask for these while the set is being built.
        self.user, self.at = user, at or timezone.now()
        super().__init__(
            data, kwargs.pop("queryset", None) or self._meta.model._default_manager.all(), **kwargs
        )
        for name, made in custom_filters(self._meta.model):
            made.parent, made.model = self, self._meta.model
            self.filters[name] = made
        for name in ("updated", "planned", "quiet"):
            if (common := self.filters.get(name)) is not None and common.slow:
                common.slow = not has_index(self._meta.model, common.field_name)
        hidden = access_for(user).field_level
        for name, one in list(self.filters.items()):
            field = name if isinstance(one, CustomFilter) else one.field_name
            read = {field, *getattr(one, "reads", ())}
            if any(part and hidden(self._meta.model, part) == "hidden" for part in read):
                del self.filters[name]

    @classmethod
    def filter_for_field(
        cls, field: models.Field[Any, Any], field_name: str, lookup_expr: str | None = None
    ) -> Any:
        """Choose the filter that fits the model's field."""
        return filter_class(field)(field_name=field_name)

    @property
    def raw(self) -> dict[str, list[str]]:
        """What the address says, for the filters of this set only."""
        found: dict[str, list[str]] = {}
        for name, one in self.filters.items():
            if values := one.read(self.data, name):
                found[name] = values
        return found

    @property
    def active(self) -> dict[str, Any]:
        """The values of the filters in use; what makes no sense is left out."""
        if not hasattr(self, "_active"):
            self._active: dict[str, Any] = {}
            for name, raw in self.raw.items():
                value = self.filters[name].parse_or_none(raw)
                if value not in (None, "", [], ()):
                    self._active[name] = value
        return self._active

    def condition(self, *, slow: bool = False) -> Q:
        """Return what all fast, or all slow, filters in use ask for."""
        found = Q()
        for name, value in self.active.items():
            found &= self.filters[name].part(value, slow=slow)
        return found

    @property
    def qs(self) -> models.QuerySet[Any]:
        """Every row that passes."""
        rows: models.QuerySet[Any] = self.queryset.filter(self.condition()).filter(self.condition(slow=True))
        return rows

    @property
    def slow(self) -> Q | None:
        return self.condition(slow=True) or None

    def chips(self) -> list[Chip]:
        """Return the filters in use as words; the text search has its own field."""
        found = []
        for name, value in self.active.items():
            one = self.filters[name]
            if isinstance(one, WhereFilter):
                found += [Chip(name, "", phrase, left) for phrase, left in one.steps(value)]
            elif name != "q":
                found.append(Chip(name, one.caption, one.sentence(value)))
        return found

    def in_panel(self) -> list[tuple[str, Any, Any]]:
        """Return (name, filter, value) of what the filter panel offers."""
        offered = [name for name, one in self.filters.items() if one.in_panel and name != "q"]
        common = [name for name in RecordFilters.base_filters if name in offered and name != "owner"]
        # Whose it is, then what is particular to the type, then what every type can be asked.
        own = [name for name in offered if name not in common and name != "owner"]
        order = [*(name for name in offered if name == "owner"), *own, *common]
        return [(name, self.filters[name], self.active.get(name)) for name in order]


def filter_class(field: models.Field[Any, Any]) -> type[RecordFilter]:
    """Return the kind of filter that suits a model field."""
    if field.is_relation:
        related: Any = field.related_model
        return UserFilter if related._meta.label == "identity.User" else ReferenceFilter
    if field.choices:
        return ChoiceFilter
    if isinstance(field, models.BooleanField):
        return YesNoFilter
    if isinstance(field, models.DateField):
        return PeriodFilter
    if isinstance(field, models.DecimalField | models.IntegerField | models.FloatField):
        return RangeFilter
    return TagsFilter if field.get_internal_type() == "ArrayField" else TextFilter
