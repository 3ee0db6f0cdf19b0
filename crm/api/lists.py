"""One page of a list for REST: the page's own filters and rights, but strict about mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from crm.records.fields import fields_of
from crm.ui.conditions import Unclear
from crm.ui.paging import Page, Turn, fetch
from crm.ui.states import ListState

if TYPE_CHECKING:
    from django.http import QueryDict
    from rest_framework.request import Request

    from crm.ui.declaration import Declaration

MAX_SIZE = 200
DEFAULT_SIZE = 50
OWN = ("page_size", "sort", "after", "format")


def read_list(views: type[Declaration], request: Request) -> tuple[Page, str | None]:
    """Return a page and the address of the next, or None.

    Raises:
        ValidationError: for a filter, sort or place that makes no sense.
    """
    state = ListState(views, request.user, request.query_params, timezone.now())
    refuse_nonsense(state, request.query_params)
    size = page_size(request)
    turn = Turn()
    if after := request.query_params.get("after"):
        place = state.order.read(after)
        if place is None:
            raise ValidationError({"after": [_("This is no place in the list.")]})
        turn = Turn(after=place)
    page = state.list_query().page(turn, size)
    if page.refused:
        raise ValidationError(
            {name: [_("More than 10,000 rows: narrow the list first.")] for name in page.refused}
        )
    related = {name for one in fields_of(views.model).values() for name in one.prefetch}
    fetch(page, views.model.objects.prefetch_related(*sorted(related)))
    return page, _next(request, page)


def page_size(request: Request) -> int:
    text = request.query_params.get("page_size", "")
    if not text:
        return DEFAULT_SIZE
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_SIZE:
        raise ValidationError({"page_size": [_("A number from 1 to %(most)d.") % {"most": MAX_SIZE}]})
    return int(text)


def refuse_nonsense(state: ListState, query: QueryDict) -> None:
    """Say what of an address makes no sense.

    Raises:
        ValidationError: by filter.
    """
    problems: dict[str, Any] = {}
    known = state.filters.filters
    for name, values in query.lists():
        plain = name.removesuffix("_min").removesuffix("_max")
        if name in OWN:
            continue
        if name not in known and plain not in known:
            problems[name] = [_("There is no such filter.")]
        elif any(values) and name in known and name not in state.filters.active:
            problems[name] = [_("This value can't be understood.")]
        elif name in known and isinstance(state.filters.active.get(name), Unclear):
            problems[name] = [state.filters.active[name].message]
    if not is_sortable(state, query.get("sort", "")):
        problems["sort"] = [_("The list can't be sorted by this.")]
    if problems:
        raise ValidationError(problems)


def is_sortable(state: ListState, sort: str) -> bool:
    """Tell whether a column of this name sorts the list; no name asks for nothing."""
    column = state.table.column(sort.removeprefix("-")) if sort else None
    return not sort or (column is not None and column.sort_field is not None)


def _next(request: Request, page: Page) -> str | None:
    if not page.has_next:
        return None
    query = {name: values for name, values in request.query_params.lists() if name != "after"}
    return request.build_absolute_uri(
        f"{request.path}?{urlencode({**query, 'after': page.last}, doseq=True)}"
    )
