"""A list as a file: what its address shows, as its viewer may see it.

Small lists are streamed while the person waits; larger ones become a job with a file to fetch.
Either way rows are read page by page, so that a million of them need no more memory than ten.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views import View

from crm.lib.tabular import csv_chunks, write_csv, write_xlsx
from crm.records import jobs, registry
from crm.records.fields import Kind
from crm.records.importing.files import private_folder
from crm.records.phrases import phrase, types_of
from crm.ui.declaration import views_of
from crm.ui.feedback import go_to
from crm.ui.grouping import LIMIT_MS, grouping_of
from crm.ui.jobviews import own_job
from crm.ui.pages import RecordPage
from crm.ui.paging import Place, Turn
from crm.ui.states import ListState
from crm.ui.totals import totals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.http import HttpResponseBase

    from crm.records.models import Job
    from crm.ui.declaration import Declaration
    from crm.ui.grouping import Grouping
    from crm.ui.tables import BoundColumn

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Up to so many rows are sent at once.
STREAMED = 10_000
PAGE = 500
TYPED = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.DATETIME})


class ExportPage(RecordPage):
    """``…/export/?format=csv``: the list of this address as a file."""

    permission = "export"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        kind = request.GET.get("format", "csv")
        if kind not in FORMATS:
            raise Http404
        query = request.GET.copy()
        query.pop("format", None)
        by_groups = bool(query.pop("totals", None))
        state = ListState(self.views, request.user, query, self.at)
        if by_groups:
            return self.send_groups(kind, state, query)
        if state.list_query("export").narrowed.values("pk")[: STREAMED + 1].count() > STREAMED:
            return self.start_job(kind, query)
        return self.send(kind, header(state), rows(state))

    def send_groups(self, kind: str, state: ListState, query: QueryDict) -> HttpResponseBase:
        """Send the totals of a grouped list: a row per group. What takes long a job counts."""
        grouping = grouping_of(state)
        if grouping is None:
            raise Http404
        found = grouping.counts(limit_ms=LIMIT_MS, most=STREAMED, action="export")
        if found is None:
            return self.start_job(kind, query, totals=True)
        return self.send(kind, group_header(grouping), group_rows(grouping, found))

    def send(self, kind: str, head: list[str], found: Iterator[list[Any]]) -> HttpResponseBase:
        """Answer with a file."""
        response: StreamingHttpResponse | FileResponse
        if kind == "csv":
            response = StreamingHttpResponse(csv_chunks(head, found), content_type=FORMATS[kind])
        else:
            file = TemporaryFile()  # noqa: SIM115  (the response closes it)
            write_xlsx(file, head, found, self.views.record_type().label_plural)
            file.seek(0)
            response = FileResponse(file, content_type=FORMATS[kind])
        name = file_name(self.views, kind, self.at)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def start_job(self, kind: str, query: QueryDict, **more: Any) -> HttpResponse:
        """Have a worker write a long list."""
        kept = types_of(self.views.record_type())
        job = jobs.start(
            "export",
            actor=self.request.user,  # type: ignore[arg-type]
            title=phrase(gettext_noop("Export of %(type)s"), type=kept),
            params={
                "type": self.views.record_type().key,
                "query": query.urlencode(),
                "format": kind,
                **more,
            },
        )
        return go_to(self.request, reverse("ui:job", args=[job.pk]))


def export_view(views: type[Declaration]) -> Callable[..., HttpResponseBase]:
    """The export page of a type."""
    return ExportPage.as_view(views=views)


def header(state: ListState) -> list[str]:
    """The names of the columns."""
    return [column.label for column in state.table]


def rows(state: ListState) -> Iterator[list[Any]]:
    """The list's rows in its order, as a file holds them; read page by page."""
    table, query = state.table, state.list_query("export")
    records = table.prepare(state.views.model.objects.all())
    readers = [cell_reader(column) for column in table]
    turn = Turn()
    while True:
        page = query.page(turn, PAGE)
        found = records.in_bulk(page.ids)
        for pk in page.ids:
            if pk in found:
                yield [read(found[pk]) for read in readers]
        if not page.has_next:
            return
        # A long list that no index sorts comes by id, whatever was asked for.
        by_id = Place(None, int(page.last.partition(".")[0]))
        turn = Turn(after=by_id if page.refused else state.order.read(page.last) or by_id)


def group_header(grouping: Grouping) -> list[str]:
    """The names of the columns of totals."""
    return [grouping.label, _("Count"), *(one.label for one in totals_of(grouping.state.table))]


def group_rows(grouping: Grouping, counts: list[list[Any]]) -> Iterator[list[Any]]:
    """The totals as a file holds them: name, count and sums of each group."""
    totals = totals_of(grouping.state.table)
    for row in grouping.named(counts):
        sums = [one.value(found) for one, found in zip(totals, row.sums, strict=True)]
        yield [row.label, row.count, *sums]


def cell_reader(column: BoundColumn) -> Callable[[Any], Any]:
    """How one column becomes a cell: numbers and dates stay what they are."""
    if column.kind not in TYPED:
        return column.text

    def read(record: Any) -> Any:
        value = column.read(record)
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        return value if isinstance(value, int | float | Decimal | date | None) else column.text(record)

    return read


def file_name(views: type[Declaration], kind: str, at: datetime) -> str:
    """Such as deals-2026-11-24.csv."""
    return f"{views.record_type().slug}-{timezone.localtime(at):%Y-%m-%d}.{kind}"


@jobs.handler("export")
def export(job: Job) -> dict[str, Any]:
    """Write a long list into a file."""
    views = views_of(registry.by_key(job.params["type"]).model)
    state = ListState(views, job.actor, QueryDict(job.params["query"]), job.created_at)
    if not state.access.can(views.model, "export"):
        raise PermissionDenied
    kind = job.params["format"]
    name = f"{job.pk}-{file_name(views, kind, job.created_at)}"
    head, found = table_of(job, state)
    with (private_folder("exports", make=True) / name).open("wb") as file:
        write = write_csv if kind == "csv" else write_xlsx
        count = write(file, head, found)
    return {"file": name, "count": count}


def table_of(job: Job, state: ListState) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the head and the rows that a job writes: the list's, or the totals of its groups."""
    grouping = grouping_of(state) if job.params.get("totals") else None
    if grouping is not None:
        counts = grouping.counts(limit_ms=None, most=STREAMED, action="export") or []
        return group_header(grouping), group_rows(grouping, counts)
    total = state.list_query("export").count()
    return header(state), watched(rows(state), job, total)


def watched(found: Iterable[list[Any]], job: Job, total: int) -> Iterator[list[Any]]:
    """Pass rows on and tell the job how far they are."""
    for number, row in enumerate(found, 1):
        if number % PAGE == 0:
            text = _("%(done)s of %(total)s rows") % {"done": f"{number:,}", "total": f"{total:,}"}
            job.progress(number, total, text)
        yield row


class ExportFileView(LoginRequiredMixin, View):
    """``/jobs/5/file/``: the file that an export wrote."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        job = own_job(request, pk)
        path = private_folder("exports") / str(job.result.get("file") or "-")
        if job.kind != "export" or not path.is_file():
            raise Http404
        kind = job.params["format"]
        name = path.name.partition("-")[2]
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=FORMATS[kind])
