"""Boards: records as cards in columns, moved by dragging, never past a rule.

One GROUP BY gives all column heads, one UNION of short lists all cards. A drop is an
ordinary write of the type's service; a refused one returns the card and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from crm.identity.access import access_for
from crm.lib.money import format_money, from_minor
from crm.ui.cards import plain_card
from crm.ui.formats import page_url, text_number
from crm.ui.paging import table_size
from crm.ui.periods import planned_states

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from django.http import HttpRequest
    from django.utils.functional import Promise

    from crm.identity.access import Access
    from crm.ui.states import ListState

CardWriter: TypeAlias = "Callable[[Card, Access], str]"

CARDS = 20
#: A change that was committed late may carry an earlier time than one already seen.
OVERLAP = timedelta(seconds=3)
MANY_CHANGES = 25
#: Up to so many rows a board's heads count planned activities too.
SMALL = 50_000


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column. ``kind`` won or lost makes it a slim place to drop at; ``limit`` warns."""

    value: Any
    label: str | Promise
    color: str = ""
    kind: str = "open"
    limit: int | None = None
    hint: str | Promise = ""

    @property
    def is_open(self) -> bool:
        return self.kind == "open"


def nothing(_request: HttpRequest) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Board:
    """How a type is shown as a board.

    ``by`` is the field that a drop writes, ``columns(request)`` its columns. ``where``
    leaves what stands on the board (a Q or ``where(request)``). ``sum`` is kept in minor
    units of the base currency, ``sum_of`` names the field without which one may not see it,
    ``weight`` a percentage for the weighted sum. ``rank`` keeps the order inside a column.
    ``card`` writes the inside of a card, ``needs`` are the relations it touches, ``shows`` the
    columns of them; ``age`` the moment since when a card stands in its column, ``state(record)``
    extra facts of a card. ``toolbar(request)`` feeds ``toolbar_template``.
    """

    by: str
    columns: Callable[[HttpRequest], Sequence[BoardColumn]]
    where: Q | Callable[[HttpRequest], Q] = field(default_factory=Q)
    sum: str = ""
    sum_of: str = ""
    weight: str = ""
    rank: str = ""
    card: CardWriter = plain_card
    needs: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    age: str = ""
    state: Callable[[Any], dict[str, Any]] | None = None
    toolbar: Callable[[HttpRequest], dict[str, Any]] = nothing
    toolbar_template: str = ""
    #: What the dialog of a refused drop asks besides a field: a note beside the reason.
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def condition(self, request: HttpRequest) -> Q:
        return self.where(request) if callable(self.where) else self.where


@dataclass(slots=True)
class Head:
    """What stands above a column."""

    column: BoardColumn
    count: int = 0
    total: int | None = None
    weighted: int | None = None
    currency: str = ""
    overdue: int = 0
    today: int = 0
    later: int = 0
    none: int = 0

    @property
    def planned(self) -> str:
        """How many cards are overdue, due today, planned later, without a plan; empty when not counted."""
        counts = (self.overdue, self.today, self.later, self.none)
        return ",".join(str(count) for count in counts) if any(counts) else ""

    @property
    def is_over(self) -> bool:
        """Whether the column holds more than it should."""
        return self.column.limit is not None and self.count > self.column.limit

    @property
    def count_text(self) -> str:
        return text_number(self.count)

    @property
    def total_text(self) -> str:
        return self._money(self.total)

    @property
    def weighted_text(self) -> str:
        return self._money(self.weighted)

    def _money(self, minor: int | None) -> str:
        if minor is None:
            return ""
        # Whole units: cents in a sum of hundreds of deals are noise.
        return format_money(round(from_minor(int(minor), self.currency)), self.currency)


@dataclass(slots=True)
class Lane:
    """A column with its head and first cards; ``more`` is where the rest continues."""

    head: Head
    cards: list[Card]
    more: str = ""


@dataclass(slots=True)
class Card:
    """One record on the board."""

    record: Any
    url: str
    now: datetime
    age: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def planned(self) -> str:
        """What is planned next: "none", "overdue", "today" or "later"."""
        due = self.record.next_due_at
        if due is None:
            return "none"
        if due < self.now:
            return "overdue"
        return "today" if timezone.localdate(due) == timezone.localdate(self.now) else "later"

    @property
    def days(self) -> int | None:
        """Days since the card came into its column."""
        return None if self.age is None else max((self.now - self.age).days, 0)


class BoardQuery:
    """The board of one type as one person sees it."""

    def __init__(self, board: Board, state: ListState, request: HttpRequest, currency: str) -> None:
        if board.sum_of and access_for(state.user).field_level(state.views.model, board.sum_of) == "hidden":
            board = replace(board, sum="", weight="")
        self.board, self.state, self.request, self.currency = board, state, request, currency
        self.columns = list(board.columns(request))
        rows = state.list_query().narrowed
        self.rows: QuerySet[Any] = rows.filter(board.condition(request))
        self.model: Any = state.views.model

    @property
    def open_columns(self) -> list[BoardColumn]:
        return [column for column in self.columns if column.is_open]

    def heads(self) -> list[Head]:
        """Return all heads out of one GROUP BY."""
        found = self.rows.filter(**{f"{self.board.by}__in": [column.value for column in self.open_columns]})
        sums: dict[str, Any] = {"count": Count("pk")}
        if self.board.sum:
            sums["total"] = Sum(self.board.sum)
        if self.board.sum and self.board.weight:
            sums["weighted"] = Sum(F(self.board.sum) * F(self.board.weight)) / 100
        if self.counts_plans:
            sums |= {name: Count("pk", filter=q) for name, q in planned_states(self.state.at).items()}
        by_value = {
            row.pop(self.board.by): row for row in found.order_by().values(self.board.by).annotate(**sums)
        }
        return [
            Head(column, currency=self.currency, **by_value.get(column.value, {}))
            for column in self.open_columns
        ]

    @property
    def counts_plans(self) -> bool:
        """Whether heads count planned activities: on large tables that would cost more than it tells."""
        return table_size(self.model, self.rows.db) <= SMALL

    def lanes(self) -> list[Lane]:
        """Return every column with its first cards."""
        heads = self.heads()
        filled = [head.column for head in heads if head.count]
        parts = [self.ordered(column.value).values_list("pk", self.board.by)[:CARDS] for column in filled]
        pairs = (
            list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0]) if parts else []
        )
        records = {one.pk: one for one in self.prepared().filter(pk__in=[pk for pk, _value in pairs])}
        lanes = []
        for head in heads:
            cards = [
                self.card(records[pk]) for pk, value in pairs if value == head.column.value and pk in records
            ]
            more = self.place(cards[-1].record) if cards and head.count > len(cards) else ""
            lanes.append(Lane(head, cards, more))
        return lanes

    def lane(self, value: str, after: str) -> Lane | None:
        """Return the next cards of one column."""
        column = self.column(value)
        if column is None:
            return None
        rows = self.after(self.ordered(column.value), after)
        ids = list(rows.values_list("pk", flat=True)[: CARDS + 1])
        records = {one.pk: one for one in self.prepared().filter(pk__in=ids[:CARDS])}
        cards = [self.card(records[pk]) for pk in ids[:CARDS] if pk in records]
        more = self.place(cards[-1].record) if len(ids) > CARDS and cards else ""
        return Lane(Head(column, currency=self.currency), cards, more)

    def column(self, value: str) -> BoardColumn | None:
        return next((one for one in self.columns if str(one.value) == value), None)

    def column_of(self, record: Any) -> BoardColumn | None:
        return self.column(str(getattr(record, attname(self.model, self.board.by))))

    def prepared(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.all()
        if not self.board.needs:
            return rows
        rows = rows.select_related(*self.board.needs)
        if not self.board.shows:
            return rows
        # Long texts stand on no card, and of a company or colleague the name is enough.
        own = [one.name for one in self.model._meta.concrete_fields if not isinstance(one, models.TextField)]
        return rows.only(*own, *self.board.shows)

    def card(self, record: Any) -> Card:
        age = getattr(record, self.board.age) if self.board.age else None
        extra = self.board.state(record) if self.board.state else {}
        return Card(record, page_url(record), self.state.at, age, extra)

    # The order inside a column

    def ordered(self, value: Any) -> QuerySet[Any]:
        rank = [self.board.rank] if self.board.rank else []
        return self.rows.filter(**{self.board.by: value}).order_by(*rank, "-pk")

    def place(self, record: Any) -> str:
        """Write where a card stands in its column."""
        rank = getattr(record, self.board.rank) if self.board.rank else ""
        return f"{record.pk}.{rank}"

    def after(self, rows: QuerySet[Any], place: str) -> QuerySet[Any]:
        number, _dot, rank = place.partition(".")
        if not number.isdecimal() or len(number) > 18:
            return rows
        if not self.board.rank or not rank:
            return rows.filter(pk__lt=int(number))
        try:
            key = self.model._meta.get_field(self.board.rank).to_python(rank)
        except ValidationError:
            return rows
        beyond = Q(**{f"{self.board.rank}__gt": key}) | Q(**{self.board.rank: key, "pk__lt": int(number)})
        return rows.filter(beyond)

    def put(self, record: Any, value: Any, above: int | None, below: int | None) -> None:
        """Give ``record`` a rank between its new neighbours; ranks are no news and write no event."""
        if not self.board.rank:
            return
        rank = self.board.rank
        ranks = dict(self.rows.filter(pk__in=[pk for pk in (above, below) if pk]).values_list("pk", rank))
        high: Any = ranks.get(above)
        low: Any = ranks.get(below)
        if high is not None and low is not None and not high < (high + low) / 2 < low:
            high = self.make_room(value, above, below, low)
        if high is None and low is None:
            return
        wanted = low - 1 if high is None else high + 1 if low is None else (high + low) / 2
        self.model.all_objects.filter(pk=record.pk).update(**{rank: wanted})

    def make_room(self, value: Any, above: int | None, below: int | None, low: Any) -> Any:
        """Push the cards above the gap up, where ranks are alike or too close; return the new upper rank."""
        ids = list(self.ordered(value).values_list("pk", flat=True)[:1000])
        upper = ids[: ids.index(above) + 1] if above in ids else []
        rows = self.model.all_objects.in_bulk(upper)
        for distance, pk in enumerate(reversed(upper), start=1):
            setattr(rows[pk], self.board.rank, low - 2 * distance)
        self.model.all_objects.bulk_update(rows.values(), [self.board.rank])
        return low - 2

    # Others' moves

    def since(self, moment: datetime, seen: Collection[str] = ()) -> list[Any]:
        """Return ids of records changed since, whether or not they are still on the board.

        ``seen`` are those the page has already, as "id.version".
        """
        rows = self.model.all_objects.visible_to(self.state.user).filter(updated_at__gt=moment - OVERLAP)
        pairs = rows.order_by("updated_at").values_list("pk", "version")[: MANY_CHANGES + len(seen) + 1]
        return [pk for pk, version in pairs if f"{pk}.{version}" not in seen]

    def on_board(self, ids: Sequence[int]) -> list[Card]:
        """Return the cards of these records that stand on the board, in its order."""
        values = [column.value for column in self.open_columns]
        found = self.rows.filter(pk__in=ids, **{f"{self.board.by}__in": values})
        rank = [self.board.rank] if self.board.rank else []
        wanted = list(found.order_by(*rank, "-pk").values_list("pk", flat=True))
        records = {one.pk: one for one in self.prepared().filter(pk__in=wanted)}
        return [self.card(records[pk]) for pk in wanted if pk in records]

    def above(self, card: Card) -> int | None:
        """Return the id of the card right above this one; None at the top of a column."""
        record, rank = card.record, self.board.rank
        rows = self.ordered(getattr(record, attname(self.model, self.board.by)))
        if not rank:
            return rows.filter(pk__gt=record.pk).order_by("pk").values_list("pk", flat=True).first()
        key = getattr(record, rank)
        higher = Q(**{f"{rank}__lt": key}) | Q(**{rank: key, "pk__gt": record.pk})
        return rows.filter(higher).order_by(f"-{rank}", "pk").values_list("pk", flat=True).first()


def attname(model: Any, name: str) -> str:
    """Return the attribute that holds the plain value of a field."""
    found: models.Field[Any, Any] = model._meta.get_field(name)
    return str(found.attname)
