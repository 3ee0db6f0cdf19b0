"""The list of a type: rows under rights, views as tabs, filters, columns, totals."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.lib.money import format_money, from_minor
from crm.ui import formats
from crm.ui.feedback import go_to
from crm.ui.pages import RecordPage
from crm.ui.paging import CAP, SIZES, Page, fetch
from crm.ui.states import ListState

#: Parts of the page that are fetched when they are opened.
PANELS = {"filters": "ui/list/filters.html", "columns": "ui/list/columns.html"}


class ListPage(RecordPage):
    """``/sales/deals/``: what a person sees of a type, as they want to see it."""

    template = "ui/list.html"

    @cached_property
    def state(self) -> ListState:
        return ListState(self.views, self.request.user, self.request.GET, self.at)

    def get(self, request: HttpRequest) -> HttpResponse:
        if panel := PANELS.get(request.GET.get("panel", "")):
            return self.show(panel, {"state": self.panel_state})
        page = self.page()
        context = self.context(page)
        if self.is_fragment and request.headers.get("HX-Target") == "list":
            response = self.show(f"{self.template}#list", context)
            response.headers["HX-Push-Url"] = self.state_url()
            return response
        return self.show(self.template, context)

    @property
    def panel_state(self) -> ListState:
        """The state without the question for the panel itself."""
        query = self.request.GET.copy()
        query.pop("panel", None)
        return ListState(self.views, self.request.user, query, self.at)

    def page(self) -> Page:
        """Return the page with its records and what its columns need."""
        page = self.state.list_query().page(self.state.turn, self.state.size)
        rows = self.state.table.prepare(self.model.objects.all())
        fetch(page, rows)
        return page

    def state_url(self) -> str:
        query = self.state.query_with(keep_place=True)
        url = self.views.url("list")
        return f"{url}?{query}" if query else url

    def context(self, page: Page) -> dict[str, Any]:
        state = self.state
        return {
            "state": state,
            "page": page,
            "rows": state.table.rows(page.records),
            "columns": self.heads(),
            "tabs": self.tabs(),
            "chips": self.chips(),
            "sizes": SIZES,
            "cap": CAP,
            "is_blank": not page.total and not state.filters.active,
            "may_add": self.access.can(self.model, "add"),
            "may_import": self.access.can(self.model, "import"),
            "may_bulk": self.access.can(self.model, "bulk"),
            "links": self.links(page),
            "exports": self.exports(),
            "notes": self.notes(page),
        }

    def heads(self) -> list[dict[str, Any]]:
        """Return column heads with the address that sorts by each."""
        order = self.state.order
        found = []
        for column in self.state.table:
            is_sorted = column.name == order.name
            first = "-" if column.align == "end" or column.kind in ("date", "datetime") else ""
            wanted = (
                (order.sign[1:] if order.descending else f"-{order.name}")
                if is_sorted
                else f"{first}{column.name}"
            )
            found.append(
                {
                    "column": column,
                    "url": self.state.url_with({"sort": wanted}) if column.sort_field is not None else "",
                    "direction": ("descending" if order.descending else "ascending") if is_sorted else "",
                }
            )
        return found

    def tabs(self) -> list[dict[str, Any]]:
        """Return saved views as tabs, "All" first; those not pinned wait in the menu."""
        state, url = self.state, self.views.url("list")
        everything = f"{url}?view=all" if any(one.is_default for one in state.tabs) else url
        tabs = [
            {
                "label": _("All"),
                "url": everything,
                "is_open": state.view is None,
                "is_pinned": True,
                "view": None,
            }
        ]
        for one in state.tabs:
            is_open = state.view is not None and one.pk == state.view.pk
            tabs.append(
                {
                    "label": one.name,
                    "url": f"{url}?view={one.pk}",
                    "is_open": is_open,
                    "is_pinned": one.is_pinned or is_open,
                    "view": one,
                }
            )
        return tabs

    def chips(self) -> list[dict[str, Any]]:
        """Return the filters in use as sentences, each with the address without it."""
        return [
            {
                "chip": chip,
                "url": self.state.url_with(
                    {chip.name: None, f"{chip.name}_min": None, f"{chip.name}_max": None}
                ),
            }
            for chip in self.state.filters.chips()
        ]

    def links(self, page: Page) -> dict[str, str]:
        """Return the addresses of the pages around this one."""
        with_ = self.state.url_with
        found = {"first": with_(), "all": self.state.views.url("list")}
        if page.has_previous:
            found["previous"] = with_({"before": page.first})
        if page.has_next:
            found["next"] = with_({"after": page.last})
            found["last"] = with_({"last": "1"})
        return found

    def exports(self) -> list[tuple[str, str]]:
        """Return (format, address) of the list as a file, where the viewer may have it."""
        if not self.access.can(self.model, "export"):
            return []
        query = self.state.query_with()
        return [
            (kind.upper(), f"{self.views.url('export')}?format={kind}&{query}") for kind in ("csv", "xlsx")
        ]

    def notes(self, page: Page) -> list[str]:
        """Say what was left aside because the list is too large for it."""
        said = {
            "sort": _("More than 10,000 rows can't be sorted by this column. Narrow the list first."),
            "filter": _("One of the filters works only on up to 10,000 rows. Narrow the list first."),
        }
        return [said[one] for one in page.refused]


class CountPage(RecordPage):
    """``…/count/``: how many there are exactly, and what they sum up to."""

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(self.views, request.user, request.GET, self.at)
        rows = state.list_query().narrowed
        names = [name for name in state.table.summed if name in state.table.offered]
        sums = rows.aggregate(**{f"sum_{name}": Sum(name) for name in names}) if names else {}
        totals = [(state.table.column(name), self.written(name, sums[f"sum_{name}"])) for name in names]
        return self.show("ui/list/totals.html", {"count": rows.count(), "totals": totals})

    def written(self, name: str, value: Any) -> str:
        """Write a total; what is kept in minor units of the base currency is written as money."""
        if name.endswith("_minor"):
            currency = Organisation.load().base_currency
            return format_money(from_minor(value or 0, currency), currency)
        return formats.text_number(value or 0)


class ColumnsPage(RecordPage):
    """``…/columns/``: keeps a person's choice and order of columns for one view of the list."""

    def post(self, request: HttpRequest) -> HttpResponse:
        state = ListState(self.views, request.user, QueryDict(request.POST.get("state", "")), self.at)
        names = [name for name in request.POST.getlist("cols") if name in state.table.offered]
        user: Any = request.user
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
        table = self.views.table(user=request.user, names=names, at=self.at, model=self.model)
        record = table.prepare(self.model.objects.filter(pk=record.pk)).get()
        facts = [(column, html) for column, html in table.rows([record])[0].cells if html]
        return self.show(
            "ui/preview.html", {"record": record, "facts": facts, "url": formats.page_url(record)}
        )
