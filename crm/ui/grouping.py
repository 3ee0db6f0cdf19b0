"""A list by groups: how many and how much for each stage, owner, month, tag …

One grouped statement over what the list shows. If it takes longer than a second, a job does it
and the page shows the answer when it is there. Only what may be added is: sums are of numbers,
and of money in the base currency.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.exceptions import FieldDoesNotExist
from django.db import OperationalError, connections, models, transaction
from django.db.models import Count, F, Func
from django.db.models.functions import TruncMonth, TruncYear
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.records import jobs, registry
from crm.records.models import Job, JobState
from crm.records.phrases import phrase
from crm.ui.asking import ChoiceFilter, PeriodFilter, ReferenceFilter, YesNoFilter
from crm.ui.conditions.filter import compact
from crm.ui.conditions.tree import Group as AllOf
from crm.ui.conditions.tree import Leaf, Tree
from crm.ui.customfilters import NONE, Asked, CustomFilter, CustomYesNo
from crm.ui.customgroups import group_value
from crm.ui.declaration import views_of
from crm.ui.periods import month_start
from crm.ui.states import ListState
from crm.ui.tagfilter import TagsFilter
from crm.ui.totals import sums_of, totals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_GROUPS = 200
LIMIT_MS = 1000
KEEP_SECONDS = 300
SPANS = {"month": TruncMonth, "year": TruncYear}


@dataclass(slots=True)
class GroupRow:
    """One group: what it is called, its size and sums, and how the list is narrowed to it."""

    key: Any
    count: int
    sums: list[Any]
    label: str = ""
    raw: str | None = None
    url: str = ""
    rows_url: str = ""


@dataclass(slots=True)
class Grouped:
    """The answer: its groups, or the job that is still counting."""

    rows: list[GroupRow] = field(default_factory=list)
    is_cut: bool = False
    job: Job | None = None


class Grouping:
    """One way to group a type: by a filter's field, dates by month or year."""

    def __init__(self, state: ListState, name: str, span: str = "") -> None:
        self.state = state
        self.name, self.span = name, span
        self.filter: Any = state.filters.filters[name]

    @property
    def key(self) -> str:
        return f"{self.name}.{self.span}" if self.span else self.name

    @property
    def label(self) -> str:
        spans = {"month": _("%(date)s, by month"), "year": _("%(date)s, by year")}
        return spans[self.span] % {"date": self.filter.caption} if self.span else str(self.filter.caption)

    @property
    def expression(self) -> Any:
        column = str(self.filter.field_name)
        if isinstance(self.filter, CustomFilter):
            return group_value(self.filter.made, self.span)
        if self.span:
            return SPANS[self.span](column)
        if isinstance(self.filter, TagsFilter):
            return Func(F(column), function="unnest", output_field=models.TextField())
        return F(self.filter.model_field.attname)

    def counts(
        self, *, limit_ms: int | None, most: int = MOST_GROUPS, action: str = "view"
    ) -> list[list[Any]] | None:
        """Return key, count and sums of each group (one more than ``most`` tells of more), or None
        when it takes too long."""
        rows = self.state.list_query(action).narrowed.order_by()
        sums = sums_of(totals_of(self.state.table))
        asked = rows.annotate(group_key=self.expression).values("group_key")
        counted = asked.annotate(group_count=Count("pk"), **sums)
        order = "-group_key" if self.span else "-group_count"
        found = counted.order_by(order).values_list("group_key", "group_count", *sums)[: most + 1]
        try:
            with transaction.atomic():
                limit(rows.db, limit_ms)
                answer = [list(row) for row in found]
                limit(rows.db, None)
        except OperationalError:
            if limit_ms is None:
                raise
            return None
        return answer

    def named(self, counts: Sequence[Sequence[Any]]) -> list[GroupRow]:
        """Give groups their names and addresses, in the order in which people think of them."""
        rows = [GroupRow(key=row[0], count=row[1], sums=list(row[2:])) for row in counts]
        for row in rows:
            row.raw = self.raw(row.key)
        self._label(rows)
        for row in rows:
            if row.raw is not None:
                changes = self.narrowing(row.raw)
                row.url = self.state.url_with({**changes, "group": None})
                row.rows_url = self.state.url_with({**changes, "panel": "group"})
        return self._ordered(rows)

    def raw(self, key: Any) -> str | None:
        """Write a group's key as its filter reads it; None where no filter finds it."""
        if self.span:
            return "none" if key is None else self._days(as_day(key))
        if isinstance(self.filter, CustomYesNo) and key is not None:
            return "yes" if key == "true" else "no"
        if isinstance(self.filter, ReferenceFilter | Asked):
            return NONE if key is None else str(key)
        if isinstance(self.filter, YesNoFilter):
            return None if key is None else "yes" if key else "no"
        return str(key) if key not in (None, "") else None

    def _days(self, first: date) -> str:
        following = month_start(first, 12 if self.span == "year" else 1)
        last = date.fromordinal(following.toordinal() - 1)
        return f"{first.isoformat()}..{last.isoformat()}"

    def _label(self, rows: list[GroupRow]) -> None:
        if isinstance(self.filter, ReferenceFilter):
            raws = [row.raw for row in rows if row.raw is not None]
            names = {one.value: one.label for one in self.filter.chosen(raws)}
            for row in rows:
                row.label = names.get(row.raw or "", "")
            return
        for row in rows:
            row.label = self._label_of(row)

    def _label_of(self, row: GroupRow) -> str:
        if row.raw is None or row.raw == "none":
            return _("none")
        if self.span:
            return date_format(as_day(row.key), "Y" if self.span == "year" else "YEAR_MONTH_FORMAT")
        value = self.filter.parse_or_none([row.raw])
        return str(self.filter.sentence(value)) if value else row.raw

    def _ordered(self, rows: list[GroupRow]) -> list[GroupRow]:
        """Put groups into the order of a list of choices, where there is one."""
        if isinstance(self.filter, Asked):
            order = list(self.filter.known)
        elif isinstance(self.filter, ReferenceFilter) and self.filter.control == "options":
            order = [str(one.pk) for one in self.filter.rows()]
        else:
            return rows
        places = {raw: place for place, raw in enumerate(order)}
        return sorted(rows, key=lambda row: places.get(row.raw or "", len(places)))

    def narrowing(self, raw: str) -> dict[str, str]:
        """Return what the address says besides, so that just this group is left."""
        filters = self.state.filters
        if self.name not in filters.active:
            return {self.name: raw}
        # The filter is in use already: both must hold.
        tree, leaf = filters.active.get("where"), Leaf(self.state.views.model, self.name, (raw,))
        steps = tuple(tree.steps) if isinstance(tree, Tree) else ()
        return {"where": compact(Tree(self.state.views.model, AllOf((*steps, leaf)), self.state.user))}


def groupings(state: ListState) -> list[Grouping]:
    """Return every way to group the list."""
    found = []
    for name, one, _value in state.filters.in_panel():
        if not is_own_column(one):
            continue
        if isinstance(one, PeriodFilter):
            found += [Grouping(state, name, span) for span in SPANS]
        elif isinstance(one, ReferenceFilter | ChoiceFilter | YesNoFilter | TagsFilter | Asked):
            found.append(Grouping(state, name))
    return found


def is_own_column(one: Any) -> bool:
    """Tell whether a filter asks a column of the type's own table, or a custom field of it."""
    if isinstance(one, CustomFilter):
        return True
    try:
        return bool(one.field_name and one.model._meta.get_field(one.field_name).concrete)
    except FieldDoesNotExist:
        return False


def grouping_of(state: ListState) -> Grouping | None:
    """Return how the address wants the list grouped."""
    wanted = state.params.get("group", "")
    return next((one for one in groupings(state) if one.key == wanted), None) if wanted else None


def grouped(grouping: Grouping) -> Grouped:
    """Return the groups of a list; what would take longer than a second is left to a job."""
    state = grouping.state
    text = f"{state.access.stamp}|{state.views.record_type().slug}|{state.to_save}"
    key = f"group:{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}"
    job_id = cache.get(key)
    job = Job.objects.filter(pk=job_id).first() if job_id else None
    if job is None:
        counts = grouping.counts(limit_ms=LIMIT_MS)
        if counts is None:
            job = jobs.start(
                "group",
                actor=state.user,
                title=phrase(gettext_noop("Totals by %(name)s"), name=grouping.label),
                params={"type": state.views.record_type().key, "query": state.to_save},
            )
            cache.set(key, job.pk, KEEP_SECONDS)
            job.refresh_from_db()
    if job is not None and job.state != JobState.DONE:
        return Grouped(job=job)
    if job is not None:
        counts = job.result["counts"]
    assert counts is not None
    return Grouped(grouping.named(counts[:MOST_GROUPS]), is_cut=len(counts) > MOST_GROUPS)


@jobs.handler("group")
def count_groups(job: Job) -> dict[str, Any]:
    """Count the groups of a large list, however long it takes."""
    views = views_of(registry.by_key(job.params["type"]).model)
    state = ListState(views, job.actor, QueryDict(job.params["query"]), job.created_at)
    grouping = grouping_of(state)
    counts = grouping.counts(limit_ms=None) if grouping is not None else None
    return {"counts": [[plain(value) for value in row] for row in counts or []]}


def plain(value: Any) -> Any:
    """Write a key or a sum as JSON."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | str | bool) else float(value)


def as_day(key: Any) -> date:
    """Read a month or a year back from what the database, or a job's result, says."""
    if isinstance(key, str):
        return date.fromisoformat(key)
    return timezone.localtime(key).date() if isinstance(key, datetime) else key


def limit(using: str, milliseconds: int | None) -> None:
    """Let the statements of this transaction take no longer; None lifts it."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {milliseconds or 0}")
