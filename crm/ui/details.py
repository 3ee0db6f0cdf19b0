"""The page of one record: identity, facts, timeline, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from crm.records import registry
from crm.records.drafts import RecordErrors
from crm.records.fields import fields_of
from crm.records.history import redact
from crm.ui.changes import changes_in, own_events
from crm.ui.declaration import has_views, views_of
from crm.ui.feedback import go_to, toast, undo_url
from crm.ui.formats import page_url
from crm.ui.forms import as_notes
from crm.ui.layouts import Fields, Layout, Part, Related
from crm.ui.pages import RecordPage
from crm.ui.panels import panels
from crm.ui.tables import BoundColumn, Column, Row

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from crm.ui.actions import Action

HISTORY = 100


@dataclass(frozen=True, slots=True)
class Fact:
    """One value among the facts."""

    column: BoundColumn
    html: SafeString
    may_edit: bool
    is_required: bool = False


class DetailPage(RecordPage):
    """``<id>/``: everything about one record."""

    template = "ui/detail.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, needs=self.joined())
        layout = self.views.layout or self.default_layout()
        may_edit = self.access.can(self.model, "change", record)
        context = {
            "record": record,
            "title": self.views.title(record),
            "layout": layout,
            "head": [fact for fact in self.facts(record, layout.head, may_edit=False) if fact.html],
            "bar": self.drawn(layout.bar, record) if layout.bar else "",
            "main": [self.drawn(part, record) for part in layout.main],
            "facts": [self.drawn(part, record) for part in layout.facts],
            "side": [self.drawn(part, record) for part in self.side(layout)],
            "actions": [one for one in self.views.actions if one.is_offered(record, self.access)],
            "may_edit": may_edit,
            "may_delete": self.access.can(self.model, "delete", record),
            "urls": {name: self.views.url(name, pk) for name in ("edit", "delete", "history")},
        }
        return self.show(self.template, context)

    def joined(self) -> tuple[str, ...]:
        """Return the relations of all columns on offer: the page shows most of them."""
        table = self.views.table(user=self.request.user, at=self.at, model=self.model)
        return tuple(
            sorted(
                {name for column in table.all_columns() for name in column.related} | set(self.views.needs)
            )
        )

    def default_layout(self) -> Layout:
        return Layout(facts=[Fields(*self.views.form.Meta.fields)])

    def side(self, layout: Layout) -> list[Part]:
        registered = panels.on(self.views.record_type().key, self.access)
        own = [
            part for part in layout.side if not isinstance(part, Related) or self.access.can(part.key, "view")
        ]
        return [*own, *(panel.part() for panel in registered)]

    def drawn(self, part: Part, record: Any) -> SafeString:
        """Draw one piece of the page."""
        context = part.values(record, self.request)
        context |= {"views": self.views, "access": self.access, "at": self.at}
        if isinstance(part, Fields):
            context["facts"] = self.facts(
                record, part.names, may_edit=self.access.can(self.model, "change", record)
            )
        elif isinstance(part, Related):
            context |= self.related(part, record)
        return render_to_string(part.template, context, self.request)

    def facts(self, record: Any, names: Any, *, may_edit: bool) -> list[Fact]:
        """Return the values of ``names`` that the viewer may see."""
        known = fields_of(self.model)
        declared = {one.name: one for one in self.views.table.columns}
        found = []
        for name in names:
            level = self.access.field_level(self.model, name)
            if level == "hidden" or (name not in known and name not in declared):
                continue
            column = BoundColumn(declared.get(name) or Column(name), self.model, self.at)
            editable = (
                may_edit and not level and name in known and known[name].writable and self.in_form(name)
            )
            found.append(
                Fact(
                    column, self.value_html(column, record), editable, name in known and known[name].required
                )
            )
        return found

    def value_html(self, column: BoundColumn, record: Any) -> SafeString:
        """Write a fact; unlike in a list, a title is no link to the page one is on."""
        if column.link:
            column = BoundColumn(Column(column.name, column.label, column.kind), self.model, self.at)
        return column.html(record)

    def in_form(self, name: str) -> bool:
        if name in ("owner", "team"):
            return self.access.can(self.model, "assign")
        return True

    def related(self, part: Related, record: Any) -> dict[str, Any]:
        """Return the rows of a panel: the latest, and whether there are more."""
        model: Any = registry.by_key(part.key).model
        views = views_of(model) if has_views(model) else None
        rows = model.objects.visible_to(self.request.user).filter(**{part.by: record.pk}, **part.where)
        found: list[Row] = []
        if views is not None:
            table = views.table(user=self.request.user, names=part.columns or None, at=self.at, model=model)
            ordered = table.prepare(rows).order_by("-updated_at", "-pk")[: part.limit + 1]
            found = table.rows(ordered)
        return {
            "title": part.title or registry.by_key(part.key).label_plural,
            "type": registry.by_key(part.key),
            "rows": found[: part.limit],
            "has_more": len(found) > part.limit,
            "list_url": f"{views.url('list')}?{part.by}={record.pk}" if views else "",
            "new_url": f"{views.url('quick')}?{part.by}={record.pk}"
            if views and self.access.can(model, "add")
            else "",
        }


class HistoryPage(RecordPage):
    """``<id>/history/``: who changed what of this record, old and new."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk)
        known = fields_of(self.model)
        events = redact(own_events(record, HISTORY), request.user)
        lines = [{"event": event, "changes": changes_in(event, known)} for event in events]
        return self.show("ui/history.html", {"record": record, "lines": lines, "url": page_url(record)})


class DeletePage(RecordPage):
    """``<id>/delete/``: puts the record into the bin."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="delete")
        return self.show("ui/delete.html", {"record": record, "url": page_url(record)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="delete")
        try:
            self.views.service().delete([record], actor=request.user, at=self.at)
        except RecordErrors as refused:
            raise PermissionDenied(str(refused)) from None
        response = go_to(request, self.views.url("list"))
        text = _("%(record)s is in the bin.") % {"record": record}
        return toast(request, response, text, undo=undo_url(record, request.user))


class ActionPage(RecordPage):
    """``<id>/action/<name>/``: does a verb, after asking what it needs to know."""

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        record, action = self.wanted(pk, name)
        return self.dialog(record, action, self.form(action, record))

    def post(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        record, action = self.wanted(pk, name)
        form = self.form(action, record, request.POST)
        if form is not None and not form.is_valid():
            return self.dialog(record, action, form, status=422)
        try:
            action.verb(
                records=[record], actor=request.user, at=self.at, **(form.cleaned_data if form else {})
            )
        except (RecordErrors, ValidationError) as refused:
            return self.refused(record, action, form, refused)
        response = go_to(request, page_url(record))
        return toast(request, response, str(action.done or action.label), undo=undo_url(record, request.user))

    def wanted(self, pk: int, name: str) -> tuple[Any, Action]:
        record = self.get_record(pk)
        action = self.views.action(name)
        if action is None:
            raise Http404
        if not self.access.can(self.model, action.permission, record):
            raise PermissionDenied
        return record, action

    def form(self, action: Action, record: Any, data: Any = None) -> Any:
        return action.form(data, user=self.request.user, records=[record]) if action.form else None

    def dialog(
        self, record: Any, action: Action, form: Any, *, status: int = 200, problem: str = ""
    ) -> HttpResponse:
        url = self.views.url("action", record.pk, action.name)
        context = {"record": record, "action": action, "form": form, "url": url, "problem": problem}
        return self.show("ui/action.html", context, status=status)

    def refused(self, record: Any, action: Action, form: Any, refused: Exception) -> HttpResponse:
        notes = as_notes(refused)
        rest = []
        for name, messages in notes.items():
            for message in messages:
                if form is not None and name in form.fields:
                    form.add_error(name, message)
                else:
                    rest.append(message)
        return self.dialog(record, action, form, status=422, problem=" ".join(rest))
