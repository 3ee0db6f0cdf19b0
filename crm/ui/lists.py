"""The list of a type: rows under rights, views as tabs, filters, columns, totals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm.records.customfields.known import made_of
from crm.records.fields import Kind
from crm.ui import formats
from crm.ui.bulk import rights_of
from crm.ui.conditions.panel import conditions_context
from crm.ui.feedback import go_to
from crm.ui.filterpanel import panel_context
from crm.ui.filters import Chip
from crm.ui.grouping import Grouping, grouped, grouping_of, groupings
from crm.ui.pages import RecordPage
from crm.ui.paging import CAP, SIZES, Page, Turn, fetch
from crm.ui.rows import RowWriter
from crm.ui.savedviews import may_change
from crm.ui.states import ListState
from crm.ui.totals import sums_of, totals_of
from crm.ui.widths import keep_widths, widths_of

if TYPE_CHECKING:
    from crm.ui.tables import BoundColumn

FRAGMENTS = ("list", "rows")
#: So many rows of a group are shown in place.
GROUP_SIZE = 25
#: An empty list tries so many of its filters one by one.
MOST_WAYS = 6


class ListPage(RecordPage):
    """``/sales/deals/``: what a person sees of a type, as they want to see it."""

    template = "ui/list.html"

    @cached_property
    def state(self) -> ListState:
        query = self.request.GET.copy()
        query.pop("panel", None)
        return ListState(self.views, self.request.user, query, self.at)

    def get(self, request: HttpRequest) -> HttpResponse:
        panel = request.GET.get("panel")
        if panel == "filters":
            return self.show("ui/list/filters.html", panel_context(self.state, "list"))
        if panel == "conditions":
            return self.show("ui/list/conditions.html", conditions_context(self.state, "list"))
        if panel == "columns":
            return self.show("ui/list/columns.html", self.column_context())
        if panel == "group":
            return self.show("ui/list/grouprows.html", self.group_rows())
        if self.state.is_untidy and not self.is_fragment:
            return HttpResponseRedirect(self.state_url())
        grouping = grouping_of(self.state)
        if grouping is not None:
            return self.answer({**self.context(Page([], 0, 0)), **group_context(grouping), "is_blank": False})
        return self.answer(self.context(self.page()))

    def group_rows(self) -> dict[str, Any]:
        """Return the first rows of one group."""
        page = self.state.list_query().page(Turn(), GROUP_SIZE)
        fetch(page, self.state.table.prepare(self.model.objects.all()))
        may_select = self.access.can(self.model, "bulk")
        return {
            "rows": RowWriter(self.state.table, may_select=may_select).write(page.records),
            "page": page,
            "all_url": self.state.url_with({"group": None}),
            "width": width_of(self.state, may_select=may_select),
        }

    def answer(self, context: dict[str, Any]) -> HttpResponse:
        """Answer the page, or the part of it that htmx swaps; the address always tells the state."""
        target = self.request.headers.get("HX-Target", "")
        if not self.is_fragment or target not in FRAGMENTS:
            return self.show(self.template, context)
        response = self.show(f"{self.template}#{target}", context)
        response.headers["HX-Push-Url"] = self.state_url()
        return response

    def page(self) -> Page:
        """Return the page with its records and what its columns need."""
        page = self.state.list_query().page(self.state.turn, self.state.size)
        fetch(page, self.state.table.prepare(self.model.objects.all()))
        return page

    def state_url(self) -> str:
        query = self.state.query_with(keep_place=True)
        url = self.views.url("list")
        return f"{url}?{query}" if query else url

    def context(self, page: Page) -> dict[str, Any]:
        """Return all that the page shows."""
        may = {action: self.access.can(self.model, action) for action in ("add", "import", "bulk")}
        is_blank = not page.total and not self.state.filters.active
        return {
            "state": self.state,
            "page": page,
            "rows": RowWriter(self.state.table, may_select=may["bulk"]).write(page.records),
            "columns": self.heads(),
            "widths": self.widths(),
            "widths_url": self.views.url("columns"),
            "chips": self.chips(),
            "is_blank": is_blank,
            "notes": self.notes(page),
            "ways_out": [] if page.total or is_blank else self.ways_out(),
            **{f"may_{action}": allowed for action, allowed in may.items()},
            **self.tab_context(),
            **self.tool_context(),
            **self.foot_context(page),
            **(self.bulk_context() if may["bulk"] else {}),
        }

    def heads(self) -> list[dict[str, Any]]:
        """Return column heads with the address that sorts by each."""
        return [self.head(column) for column in self.state.table]

    def widths(self) -> list[int]:
        return widths_of(self.request.user, self.views.record_type().slug, self.state.table)

    def head(self, column: BoundColumn) -> dict[str, Any]:
        order = self.state.order
        is_sorted = column.name == order.key
        # What one asks first of numbers and dates is the largest and the latest.
        first = "-" if column.align == "end" or column.kind in (Kind.DATE, Kind.DATETIME) else ""
        wanted = f"{first}{column.name}"
        if is_sorted:
            wanted = column.name if order.descending else f"-{column.name}"
        return {
            "column": column,
            "url": self.state.url_with({"sort": wanted}) if column.sort_field is not None else "",
            "direction": ("descending" if order.descending else "ascending") if is_sorted else "",
        }

    def tab_context(self) -> dict[str, Any]:
        """Return saved views as tabs, "All" first; those not pinned wait in a menu."""
        state, url, slug = self.state, self.views.url("list"), self.views.record_type().slug
        everything = f"{url}?view=all" if state.first_view is not None else url
        tabs = [{"label": _("All"), "url": everything, "is_open": state.view is None, "is_pinned": True}]
        for one in state.tabs:
            is_open = state.view is not None and one.pk == state.view.pk
            address = f"{url}?view={one.pk}"
            pinned = state.tab_choice.is_pinned(one) or is_open
            tabs.append({"label": one.name, "url": address, "is_open": is_open, "is_pinned": pinned})
        to_save = QueryDict(mutable=True)
        to_save["state"] = state.to_save
        found = {
            "tabs": tabs,
            "has_more_tabs": not all(tab["is_pinned"] for tab in tabs),
            "save_url": f"{reverse('ui:saved_views', args=[slug])}?{to_save.urlencode()}",
        }
        found["all_views_url"] = reverse("ui:all_views", args=[slug])
        if state.view is not None:
            found["may_change_view"] = may_change(state.user, state.view)
            found["reset_url"] = f"{url}?view={state.view.pk}"
            found["view_url"] = reverse("ui:saved_view", args=[slug, state.view.pk])
            found["save_vals"] = json.dumps({"state": state.to_save})
        return found

    def tool_context(self) -> dict[str, Any]:
        """Return the addresses of the toolbar."""
        state, urls, slug = self.state, self.views.url, self.views.record_type().slug
        query = state.query_with()
        rest = QueryDict(query).lists()
        may_export = self.access.can(self.model, "export")
        export = f"{urls('export')}?{query}&format="
        kinds = [(kind.upper(), export + kind) for kind in ("csv", "xlsx")] if may_export else []
        return {
            "list_url": urls("list"),
            "new_url": urls("new"),
            "quick_url": urls("quick"),
            "import_url": f"{urls('list')}import/",
            "q_hidden": [(key, value) for key, values in rest for value in values if key != "q"],
            "filters_src": f"{urls('list')}?panel=filters&{query}",
            "conditions_src": f"{urls('list')}?panel=conditions&{query}",
            "columns_src": f"{urls('list')}?panel=columns&{query}",
            "clear_url": state.url_with(dict.fromkeys(state.filters.filters)),
            "here_url": state.url_with(),
            "board_url": state.url_with(what="board") if self.views.board else "",
            "exports": kinds,
            "total_exports": [(name, f"{url}&totals=1") for name, url in kinds],
            "group_choices": [(one.label, state.url_with({"group": one.key})) for one in groupings(state)],
            "group_key": state.params.get("group", ""),
            "no_group_url": state.url_with({"group": None}),
            "bin_url": f"{reverse('ui:bin')}?type={slug}" if self.access.can(self.model, "delete") else "",
        }

    def foot_context(self, page: Page) -> dict[str, Any]:
        """Return the addresses of the pages around this one, and of the totals."""
        with_ = self.state.url_with
        links = {"all": f"{self.views.url('list')}?view=all"}
        if page.has_previous:
            links |= {"previous": with_({"before": page.first}), "first": with_()}
        if page.has_next:
            links |= {"next": with_({"after": page.last}), "last": with_({"last": "1"})}
        return {
            "links": links,
            "size_urls": [(size, with_({"size": size})) for size in SIZES],
            "count_url": f"{self.views.url('count')}?{self.state.query_with()}",
            "has_totals": bool(self.state.table.totals) and not page.is_estimate and page.total,
        }

    def bulk_context(self) -> dict[str, Any]:
        """Return what may be done with ticked rows."""
        return {
            "bulk_url": self.views.url("bulk"),
            "bulk_may": rights_of(self.access, self.model),
            "bulk_actions": [
                one for one in self.views.bulk_actions() if self.access.can(self.model, one.permission)
            ],
            "state_query": self.state.query_with(),
        }

    def chips(self) -> list[dict[str, Any]]:
        """Return the filters in use as sentences, each with the address without it."""
        return [
            {"chip": chip, "url": self.state.url_with({chip.name: chip.left})}
            for chip in self.state.filters.chips()
        ]

    def ways_out(self) -> list[dict[str, Any]]:
        """Return for each filter in use how many rows there are without it, those that help first."""
        asked = [*self.state.filters.chips()]
        if text := self.state.params.get("q"):
            asked.append(Chip("q", _("Text"), _("contains “%(text)s”") % {"text": text}))
        found = []
        for chip in asked[:MOST_WAYS]:
            query = QueryDict(self.state.query_with({chip.name: chip.left}))
            state = ListState(self.views, self.request.user, query, self.at)
            count = state.list_query().narrowed.order_by().values("pk")[: CAP + 1].count()
            if count:
                url = self.state.url_with({chip.name: chip.left})
                found.append({"chip": chip, "url": url, "count": min(count, CAP), "is_more": count > CAP})
        return sorted(found, key=lambda way: -way["count"])

    def notes(self, page: Page) -> list[str]:
        """Say what was left aside because the list is too large for it."""
        said = {
            "sort": _("More than 10,000 rows can't be sorted by this column. Narrow the list first."),
            "filter": _("One of the filters works only on up to 10,000 rows. Narrow the list first."),
        }
        return [said[one] for one in page.refused]

    def column_context(self) -> dict[str, Any]:
        table = self.state.table
        shown = set(table.names)
        return {
            "picks": [(column, column.name in shown) for column in table.all_columns()],
            "url": self.views.url("columns"),
            "state_query": self.state.query_with(),
        }


def width_of(state: ListState, *, may_select: bool) -> int:
    """Return how many columns the table has, with those for ticks and the preview."""
    return len(state.table) + 1 + int(may_select)


def group_context(grouping: Grouping) -> dict[str, Any]:
    """Return the groups of a list, their sums written."""
    state, answer = grouping.state, grouped(grouping)
    totals = totals_of(state.table)
    for row in answer.rows:
        row.sums = [(one.label, one.text(value)) for one, value in zip(totals, row.sums, strict=True)]
    return {
        "grouping": grouping,
        "grouped": answer,
        "group_rows": answer.rows,
        "width": width_of(state, may_select=state.access.can(state.views.model, "bulk")),
        "group_count": sum(row.count for row in answer.rows),
    }


class CountPage(RecordPage):
    """``…/count/``: how many there are exactly, and what they sum up to."""

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(self.views, request.user, request.GET, self.at)
        rows = state.list_query().narrowed
        totals = totals_of(state.table)
        sums = rows.aggregate(**sums_of(totals)) if totals else {}
        shown = [(one.column, one.text(sums[one.key])) for one in totals]
        return self.show("ui/list/totals.html", {"count": rows.count(), "totals": shown})


class ColumnsPage(RecordPage):
    """``…/columns/``: keeps a person's choice and order of columns for one view, and their widths."""

    def post(self, request: HttpRequest) -> HttpResponse:
        state = ListState(self.views, request.user, QueryDict(request.POST.get("state", "")), self.at)
        names = [name for name in request.POST.getlist("cols") if name in state.table.offered]
        user: Any = request.user
        slug = self.views.record_type().slug
        if "widths" in request.POST:
            keep_widths(user, slug, request.POST["widths"], state.table.offered)
            return HttpResponse(status=204)
        if "reset" in request.POST:
            keep_widths(user, slug, "", ())
        columns = user.preferences.setdefault("columns", {})
        if names and "reset" not in request.POST:
            columns[state.columns_key] = names
        else:
            columns.pop(state.columns_key, None)
            names = []
        user.save(update_fields=["preferences"])
        return go_to(request, state.url_with({"cols": ",".join(names)}))


class PreviewPage(RecordPage):
    """``<id>/preview/``: the facts of one row in the side panel."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk)
        names = [column.name for column in self.views.table.columns]
        names += [name for name, one in made_of(self.model).items() if one.definition.on_card]
        table = self.views.table(user=request.user, names=names, at=self.at, model=self.model)
        record = table.prepare(self.model.objects.filter(pk=record.pk)).get()
        facts = [(column, html) for column, html in table.rows([record])[0].cells if html and not column.link]
        context = {
            "record": record,
            "title": self.views.title(record),
            "facts": facts,
            "url": formats.page_url(record),
            "edit_url": self.views.url("edit", pk) if self.access.can(self.model, "change", record) else "",
        }
        return self.show("ui/preview.html", context)
