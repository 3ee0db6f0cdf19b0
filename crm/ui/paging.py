"""The rows of one page, and how many there are: quick for those who see little and those who see all.

A plain ``ORDER BY … LIMIT`` walks the sort index and filters, which is ruinous for a person
who sees few rows. So the list is first put aside, at most 10,001 rows of it, and the page
is cut from there. Only a list that is larger than that walks the index, by key, and tells
its size by the planner's estimate.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.expressions import RawSQL

from crm.ui.places import Order, Page, Place, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CAP", "DEFAULT_SIZE", "SIZES", "ListQuery", "Order", "Page", "Place", "Turn", "fetch"]

CAP = 10_000
REMEMBER_SECONDS = 60
SIZES = (25, 50, 100, 200)
DEFAULT_SIZE = 50


class Sql(NamedTuple):
    text: str
    params: tuple[Any, ...]


class ListQuery:
    """A filtered list, its order, and the way to get one page of it.

    ``slow`` narrows by conditions without an index; it works only on what is ≤ 10,000 rows.
    """

    def __init__(
        self,
        rows: models.QuerySet[Any],
        order: Order,
        *,
        slow: models.Q | None = None,
        stamp: str = "",
        is_plain: bool = False,
    ) -> None:
        self.rows = order.prepared(rows.order_by())
        self.order = order
        self.slow = slow
        self.stamp = stamp
        self.is_plain = is_plain
        self.connection = connections[rows.db]

    def page(self, turn: Turn, size: int) -> Page:
        """Return the wanted page; a page before the first is the first."""
        try:
            page = self._page_of(turn, size)
            if turn.before is not None and not page.has_previous:
                page = self._page_of(Turn(), size)
            elif turn.after is not None and not page.ids:
                page = self._page_of(Turn(last=True), size)
        except EmptyResultSet:
            return Page([], size, 0)
        return page

    def count(self) -> int:
        """Count every row, however many."""
        return self.narrowed.count()

    def ids(self, limit: int) -> list[int]:
        """Return the ids of all rows, in the order of the list, at most ``limit``."""
        tie = "-pk" if self.order.descending else "pk"
        return list(self.narrowed.order_by(self.order.sign, tie).values_list("pk", flat=True)[:limit])

    @property
    def narrowed(self) -> models.QuerySet[Any]:
        """Every row of the list, as a queryset."""
        return self.rows.filter(self.slow) if self.slow else self.rows

    def _page_of(self, turn: Turn, size: int) -> Page:
        estimate = self.known_size()
        if estimate is None:
            page = self._from_capped(turn, size)
            if page is not None:
                return page
            estimate = self._remember_size()
        return self._by_walking(turn, size, estimate)

    # How large the list is

    @property
    def _cache_key(self) -> str:
        sql = self._select()
        digest = hashlib.sha1(f"{self.stamp}{sql.text}{sql.params}".encode(), usedforsecurity=False)
        return f"list:size:{digest.hexdigest()}"

    def known_size(self) -> int | None:
        """Return the estimate of a list that is known to be large."""
        size: int | None = cache.get(self._cache_key)
        if size is None and self.is_plain and self.slow is None:
            # Nothing narrows the list: the table's own size tells whether a probe is worth its time.
            rows = table_size(self.rows.model, self.rows.db)
            size = rows if rows > 2 * CAP else None
        return size

    def _remember_size(self) -> int:
        size = max(self._estimate(), CAP + 1)
        cache.set(self._cache_key, size, REMEMBER_SECONDS)
        return size

    def _estimate(self) -> int:
        sql = self._select()
        with self.connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql.text, sql.params)
            plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return int(plan[0]["Plan"]["Plan Rows"])

    # The page out of the set that was put aside

    def _from_capped(self, turn: Turn, size: int) -> Page | None:
        """Return the page, or None when the list turns out to be larger than the cap."""
        base, params = self._set_aside()
        where, where_params = self._beyond(turn)
        place, place_params = self._counted(turn)
        total_sql = "count(*)"
        if self.slow is not None:
            # What was put aside is a part only: what a slow condition leaves of it would be a part too.
            total_sql = f"CASE WHEN (SELECT count(*) FROM base) > {CAP} THEN {CAP + 1} ELSE count(*) END"
        text = (
            f"WITH {base}, n AS (SELECT {total_sql} AS total, {place} AS passed FROM v), "
            f"page AS (SELECT id, k FROM v WHERE {where} {self._order_by(turn)} LIMIT %s) "
            f"SELECT n.total, n.passed, page.id, page.k "
            f"FROM n LEFT JOIN page ON true {self._order_by(Turn())}"
        )
        with self.connection.cursor() as cursor:
            cursor.execute(text, (*params, *place_params, *where_params, size + 1))
            found = cursor.fetchall()
        total, passed = found[0][0], found[0][1]
        if total > CAP:
            return None
        places = [Place(key, pk) for _total, _passed, pk, key in found if pk is not None]
        page = self._page(places, turn, size, total)
        if turn.backwards:
            passed = total if turn.last else passed
            page.start = max(passed - len(page.ids) + 1, 1)
        else:
            page.start = passed + 1
        return page

    def _set_aside(self) -> tuple[str, tuple[Any, ...]]:
        base = self._select(limit=CAP + 1)
        if self.slow is None:
            return f"v (id, k) AS MATERIALIZED ({base.text})", base.params
        # A slow condition is asked of the rows put aside only, never of the table.
        inside = self.rows.model._base_manager.filter(pk__in=RawSQL("SELECT id FROM base", ())).filter(
            self.slow
        )
        narrowed = self._compile(self.order.prepared(inside))
        text = f"base (id, k) AS MATERIALIZED ({base.text}), v (id, k) AS MATERIALIZED ({narrowed.text})"
        return text, (*base.params, *narrowed.params)

    def _counted(self, turn: Turn) -> tuple[str, tuple[Any, ...]]:
        """Return the expression that counts rows before the wanted page."""
        if turn.after is not None:
            inverse, params = self._beyond(Turn(after=turn.after))
            return f"count(*) FILTER (WHERE NOT ({inverse}))", params
        if turn.before is not None:
            where, params = self._beyond(turn)
            return f"count(*) FILTER (WHERE {where})", params
        return "0", ()

    # The page by walking an index

    def _by_walking(self, turn: Turn, size: int, estimate: int) -> Page:
        """Return the page in index order; what would need all rows is refused, and said so."""
        refused = ["filter"] if self.slow is not None else []
        walker = self
        if not self.order.can_walk:
            refused.append("sort")
            walker = self._by_id()
            turn = Turn(by_id(turn.after), by_id(turn.before), turn.last)
        page = walker._page(walker._walk(turn, size + 1), turn, size, estimate)
        page.is_estimate, page.refused = True, refused
        page.start = None if turn.backwards or turn.after else 1
        return page

    def _by_id(self) -> ListQuery:
        key = self.rows.model._meta.pk
        assert key is not None
        return ListQuery(self.rows, Order(self.rows.model, key, descending=True), stamp=self.stamp)

    def _walk(self, turn: Turn, limit: int) -> list[Place]:
        """Walk rows with a value and rows without one apart: a comparison with NULL drops rows."""
        phases = [True, False] if self.order.column.null else [True]
        places: list[Place] = []
        for with_value in reversed(phases) if turn.backwards else phases:
            if len(places) < limit and not self._is_past(turn, with_value=with_value):
                places += self._walk_part(turn, limit - len(places), with_value=with_value)
        return list(reversed(places)) if turn.backwards else places

    def _is_past(self, turn: Turn, *, with_value: bool) -> bool:
        if turn.after is not None:
            return with_value and turn.after.key is None
        return turn.before is not None and not with_value and turn.before.key is not None

    def _walk_part(self, turn: Turn, limit: int, *, with_value: bool) -> list[Place]:
        rows, name = self.rows, self.order.name
        if self.order.column.null:
            rows = rows.filter(**{f"{name}__isnull": not with_value})
        descending = self.order.descending is not turn.backwards
        place = turn.after or turn.before
        if place is not None and (place.key is not None) is with_value:
            rows = self._past(rows, place, "<" if descending else ">")
        minus = "-" if descending else ""
        signs = [minus + name, minus + "pk"] if with_value else [minus + "pk"]
        return [Place(key, pk) for pk, key in rows.order_by(*signs).values_list("pk", name)[:limit]]

    def _past(self, rows: models.QuerySet[Any], place: Place, sign: str) -> models.QuerySet[Any]:
        quote = self.connection.ops.quote_name
        table = quote(self.rows.model._meta.db_table)
        if place.key is None:
            return rows.extra(where=[f"{table}.id {sign} %s"], params=[place.id])
        # A row comparison is what lets one index range answer; Django has no word for it.
        where = f"({self.order.sql(table, quote)}, {table}.id) {sign} (%s::{self._type}, %s)"
        return rows.extra(where=[where], params=[place.key, place.id])

    # Parts

    @property
    def _type(self) -> str:
        return (
            str(self.order.column.db_type(self.connection))
            .replace("bigserial", "bigint")
            .replace("serial", "integer")
        )

    def _select(self, limit: int | None = None) -> Sql:
        return self._compile(self.rows[:limit] if limit else self.rows)

    def _compile(self, rows: models.QuerySet[Any]) -> Sql:
        query = rows.values_list("pk", self.order.name).query
        text, params = query.get_compiler(rows.db).as_sql()
        return Sql(text, tuple(params))

    def _beyond(self, turn: Turn) -> tuple[str, tuple[Any, ...]]:
        """Return the condition that a row lies beyond the place; empty values come last."""
        place = turn.after or turn.before
        if place is None:
            return "true", ()
        forwards = turn.after is not None
        sign = "<" if self.order.descending is forwards else ">"
        if place.key is None:
            text = f"k IS NULL AND id {sign} %s" if forwards else f"k IS NOT NULL OR id {sign} %s"
            return text, (place.id,)
        beyond = f"k IS NOT NULL AND (k, id) {sign} (%s::{self._type}, %s)"
        return (f"({beyond}) OR k IS NULL" if forwards else beyond), (place.key, place.id)

    def _order_by(self, turn: Turn) -> str:
        way = "DESC" if self.order.descending is not turn.backwards else "ASC"
        empty = "DESC" if turn.backwards else "ASC"
        return f"ORDER BY (k IS NULL) {empty}, k {way}, id {way}"

    def _page(self, places: list[Place], turn: Turn, size: int, total: int) -> Page:
        more = len(places) > size
        places = (places[-size:] if turn.backwards else places[:size]) if more else places
        page = Page([place.id for place in places], size, total)
        page.has_next = turn.before is not None if turn.backwards else more
        page.has_previous = more if turn.backwards else turn.after is not None
        if places:
            page.first, page.last = self.order.write(places[0]), self.order.write(places[-1])
        return page


def by_id(place: Place | None) -> Place | None:
    """Return the same place in the order of ids."""
    return place and Place(place.id, place.id)


def table_size(model: type[models.Model], using: str) -> int:
    """Return about how many rows a table holds, as the database's own statistics say."""
    key = f"list:table:{model._meta.db_table}"
    size: int | None = cache.get(key)
    if size is None:
        with connections[using].cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [model._meta.db_table]
            )
            found = cursor.fetchone()
        size = int(found[0]) if found else 0
        cache.set(key, size, REMEMBER_SECONDS)
    return size


def fetch(page: Page, rows: models.QuerySet[Any]) -> Sequence[Any]:
    """Load the records of a page, in its order."""
    by_id = {one.pk: one for one in rows.filter(pk__in=page.ids)} if page.ids else {}
    page.records = [by_id[pk] for pk in page.ids if pk in by_id]
    return page.records
