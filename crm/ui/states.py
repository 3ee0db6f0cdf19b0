"""What a list shows, read from its address: view, filters, columns, sort, page.

The address always holds the whole state, so a link can be sent to a colleague. A saved
view gives the ground; what the address says besides overrides it, an empty value clears.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.ui.asking import joined_ends
from crm.ui.paging import DEFAULT_SIZE, SIZES, ListQuery
from crm.ui.places import Order, Turn
from crm.ui.tables import Table, concrete_field
from crm.ui.viewtabs import Tabs

if TYPE_CHECKING:
    from datetime import datetime

    from django.db import models

    from crm.records.models import SavedView
    from crm.ui.declaration import Declaration
    from crm.ui.filters import RecordFilters

#: Where in the list one is: never part of a saved view.
PLACE = ("after", "before", "last")
#: Everything that is no filter.
OWN = ("view", "sort", "cols", "size", "group", *PLACE)


class ListState:
    """One list as one person wants to see it."""

    def __init__(self, views: type[Declaration], user: Any, query: QueryDict, at: datetime) -> None:
        self.views = views
        self.user = user
        self.query = query
        self.at = at
        self.access = access_for(user)

    # The saved view under it

    @cached_property
    def tab_choice(self) -> Tabs:
        return Tabs(self.user, self.views.record_type().id)

    @cached_property
    def tabs(self) -> list[SavedView]:
        return self.tab_choice.views()

    @cached_property
    def first_view(self) -> SavedView | None:
        """The view that opens when the address asks for nothing."""
        return self.tab_choice.first(self.tabs)

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view that is open; the default one when the address asks for nothing."""
        wanted = self.query.get("view", "")
        if wanted.isdecimal():
            return next((one for one in self.tabs if one.pk == int(wanted)), None)
        if wanted or any(key not in ("size", *PLACE) for key in self.query):
            return None
        return self.first_view

    @cached_property
    def base(self) -> QueryDict:
        """What the saved view says."""
        return QueryDict(self.view.query if self.view else "")

    @cached_property
    def params(self) -> QueryDict:
        """The whole state: the saved view, overridden by the address."""
        found = self.base.copy()
        for key, values in self.query.lists():
            if any(values):
                found.setlist(key, [value for value in values if value])
            elif key in found:
                del found[key]
        if "view" in found:
            del found["view"]
        return join_ends(found)

    @property
    def is_untidy(self) -> bool:
        """Whether the address is as a form sends it: with empty values and two boxes for a range."""
        return any(
            key.endswith(("_min", "_max")) or ("" in values and (len(values) > 1 or key not in self.base))
            for key, values in self.query.lists()
        )

    @property
    def is_changed(self) -> bool:
        """Whether the open view was changed and could be saved."""
        return self.view is not None and self.kept(self.params) != self.kept(self.base)

    @staticmethod
    def kept(params: QueryDict) -> dict[str, list[str]]:
        return {
            key: list(values) for key, values in params.lists() if key not in (*PLACE, "size") and any(values)
        }

    @property
    def to_save(self) -> str:
        """The query string that a saved view keeps."""
        found = QueryDict(mutable=True)
        for key, values in self.kept(self.params).items():
            found.setlist(key, values)
        return found.urlencode()

    # What is shown

    @cached_property
    def filters(self) -> RecordFilters:
        return self.views.filters(self.params, user=self.user, at=self.at)

    @cached_property
    def table(self) -> Table:
        return self.views.table(user=self.user, names=self.column_names, at=self.at, model=self.views.model)

    @property
    def column_names(self) -> list[str]:
        if text := self.params.get("cols"):
            return [name for name in text.split(",") if name]
        kept = self.user.preferences.get("columns", {})
        names: list[str] = kept.get(self.columns_key, [])
        return names

    @property
    def columns_key(self) -> str:
        """Under which the person's choice of columns is kept."""
        return f"{self.views.record_type().slug}:{self.view.pk if self.view else ''}"

    @cached_property
    def order(self) -> Order:
        return (
            self._order(self.params.get("sort", ""))
            or self._order(self.views.table.default_sort)
            or self._by_id()
        )

    def _order(self, text: str) -> Order | None:
        name = text.lstrip("-")
        column = self.table.column(name)
        found = column.sort_field if column else None
        if found is None and text == self.views.table.default_sort:
            found = concrete_field(self.views.model, name)
        return Order(self.views.model, found, text.startswith("-"), name) if found is not None else None

    def _by_id(self) -> Order:
        return Order(self.views.model, self.views.model._meta.pk, descending=True)

    @property
    def size(self) -> int:
        text = self.params.get("size", "")
        return int(text) if text.isdecimal() and int(text) in SIZES else DEFAULT_SIZE

    @cached_property
    def turn(self) -> Turn:
        read = self.order.read
        return Turn(
            after=read(self.params.get("after", "")),
            before=read(self.params.get("before", "")),
            last=bool(self.params.get("last")),
        )

    # The rows

    def list_query(self, action: str = "view") -> ListQuery:
        """Return what the filters leave of what the person may ``action``."""
        rows = self.rows(action)
        plain = not self.filters.active and self.access.scope(self.views.model, action) is Scope.ALL
        return ListQuery(rows, self.order, slow=self.filters.slow, stamp=self.access.stamp, is_plain=plain)

    def rows(self, action: str = "view") -> models.QuerySet[Any]:
        """Return the rows that fast filters leave; slow ones come on top in ``list_query``."""
        visible = self.views.model.objects.visible_to(self.user)
        if action != "view":
            visible = visible.visible_to(self.user, action)
        rows: models.QuerySet[Any] = visible.filter(self.filters.condition())
        return rows

    # Addresses

    def query_with(self, changes: dict[str, Any] | None = None, *, keep_place: bool = False) -> str:
        """Return the query string of this state with some keys changed; None or "" takes one out."""
        wanted = self.params.copy()
        if not keep_place:
            for key in PLACE:
                wanted.pop(key, None)
        for key, value in (changes or {}).items():
            wanted.setlist(key, _listed(value))
        found = QueryDict(mutable=True)
        if self.view is not None:
            found["view"] = str(self.view.pk)
        for key, values in wanted.lists():
            if any(values) and (self.view is None or values != self.base.getlist(key)):
                found.setlist(key, values)
        for key in self.base:
            if not any(wanted.getlist(key)):
                found.setlist(key, [""])
        if not found and self.first_view is not None:
            found["view"] = "all"
        return found.urlencode()

    def url_with(self, changes: dict[str, Any] | None = None, *, what: str = "list") -> str:
        """Return the address of this state with some keys changed."""
        query = self.query_with(changes)
        url = self.views.url(what)
        return f"{url}?{query}" if query else url


def join_ends(params: QueryDict) -> QueryDict:
    """Write the two boxes of a range as one value: amount_min and amount_max as amount=1..2."""
    for key in [key for key in params if key.endswith(("_min", "_max"))]:
        name = key[:-4]
        if not params.get(name):
            params.setlist(name, joined_ends(params, name))
        del params[key]
    return params


def _listed(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [str(value)]
    return [str(one) for one in value]
