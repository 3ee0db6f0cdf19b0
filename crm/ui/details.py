"""The page of one record: identity, facts, timeline, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.records import merging, registry
from crm.records.customfields import conditions
from crm.records.customfields.known import made_of
from crm.records.drafts import RecordErrors
from crm.records.fields import Kind, fields_of
from crm.records.history import redact
from crm.records.models import Job
from crm.ui.actions import more_action, more_actions
from crm.ui.changes import changes_in, own_events
from crm.ui.customplaces import by_section, custom_title, in_english
from crm.ui.declaration import has_views, views_of
from crm.ui.facts import fact_column, fact_html
from crm.ui.feedback import go_to, toast, undo_url
from crm.ui.formats import html_tags, page_url
from crm.ui.forms import as_notes
from crm.ui.layouts import Custom, Fields, Layout, Part, Related, Timeline
from crm.ui.pages import RecordPage
from crm.ui.panels import panels
from crm.ui.recent import remember
from crm.ui.tables import BoundColumn, Row, related_of
from crm.ui.undo import undo_urls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.ui.actions import Action

HISTORY = 100


@dataclass(frozen=True, slots=True)
class Fact:
    """One value among the facts."""

    column: BoundColumn
    html: SafeString
    edit_url: str = ""


class DetailPage(RecordPage):
    """``<id>/``: everything about one record."""

    template = "ui/detail.html"
    #: Whether parts that come later are drawn now.
    draws_lazy = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, needs=self.joined())
        layout = self.views.layout or self.default_layout()
        context = {
            "record": record,
            "title": self.views.title(record),
            "tags": "" if self.access.field_level(self.model, "tags") == "hidden" else html_tags(record.tags),
            "head": [fact for fact in self.facts(record, layout.head, may_edit=False) if fact.html],
            "bar": self.drawn(layout.bar, record) if layout.bar else "",
            **{place: self.drawn_all(parts, record) for place, parts in self.places(layout).items()},
            "actions": self.offered(record),
            "may_edit": self.access.can(self.model, "change", record),
            "may_delete": self.access.can(self.model, "delete", record),
            "merge_url": self.merge_url(record),
            "urls": {
                "here": request.get_full_path(),
                "list": self.views.url("list"),
                **{name: self.views.url(name, pk) for name in ("edit", "delete", "history", "share")},
            },
        }
        remember(request.user, record.ref)
        return self.show(self.template, context)

    def merge_url(self, record: Any) -> str:
        """Return where this record can be merged with another; nothing where that can't be."""
        may = self.views.service().mergeable and self.access.can(self.model, "change", record)
        return f"{self.views.url('merge')}?ids={record.pk}" if may else ""

    def offered(self, record: Any) -> list[dict[str, Any]]:
        """Return the verbs that make sense now, each with its address."""
        known = [*self.views.actions, *more_actions(self.model, self.request.user)]
        found = [one for one in known if one.is_offered(record, self.access)]
        return [{"action": one, "url": self.views.url("action", record.pk, one.name)} for one in found]

    def places(self, layout: Layout) -> dict[str, list[Part]]:
        """Return what stands where: facts beside the timeline, wherever the trade listed them."""
        own = [
            part for part in layout.side if not isinstance(part, Related) or self.access.can(part.key, "view")
        ]
        facts = [part for part in (*layout.main, *own) if isinstance(part, Fields | Custom)]
        if made_of(self.model) and not any(isinstance(part, Custom) for part in (*layout.facts, *facts)):
            facts.append(Custom())
        registered = [panel.part() for panel in panels.on(self.views.record_type().key, self.access)]
        return {
            "facts": [*layout.facts, *facts],
            "main": [part for part in layout.main if part not in facts],
            # What comes later stands below what is there, so that nothing is pushed down.
            "side": sorted(
                [*(part for part in own if part not in facts), *registered],
                key=lambda part: ("", "soon", "seen").index(part.lazy),
            ),
        }

    def drawn_all(self, parts: Sequence[Part], record: Any) -> list[SafeString]:
        return [html for html in (self.drawn(part, record) for part in parts) if html.strip()]

    def joined(self) -> tuple[str, ...]:
        """Return the relations of all columns on offer: the page shows most of them."""
        related = {name for column in self.views.table.columns for name in related_of(column, self.model)}
        return tuple(sorted(related | set(self.views.needs)))

    def default_layout(self) -> Layout:
        return Layout(facts=[Fields(*self.views.form.Meta.fields)])

    def drawn(self, part: Part, record: Any) -> SafeString:
        """Draw one piece of the page."""
        if isinstance(part, Timeline) and not has_library("timeline"):
            return SafeString("")
        if part.lazy and not self.draws_lazy:
            url = self.views.url("part", record.pk, part.part_key)
            return render_to_string("ui/parts/later.html", {"part": part, "url": url})
        context = part.values(record, self.request)
        context |= {"views": self.views, "access": self.access, "at": self.at}
        may_edit = self.access.can(self.model, "change", record)
        if isinstance(part, Fields):
            names = [*part.names, *self.made_by_section(record).get(in_english(part.title) or "-", ())]
            context["facts"] = self.facts(record, names, may_edit=may_edit)
        elif isinstance(part, Custom):
            context["groups"] = [
                (title, self.facts(record, names, may_edit=may_edit))
                for title, names in self.made_groups(record)
            ]
        elif isinstance(part, Related):
            context |= self.related(part, record)
        return render_to_string(part.template, context, self.request)

    def made_by_section(self, record: Any) -> dict[str, list[str]]:
        """Return the custom fields that this record shows, by the section they belong to."""
        read = conditions.of_record(record)
        return by_section(one for one in made_of(self.model).values() if conditions.is_shown(one, read))

    def made_groups(self, record: Any) -> list[tuple[str, list[str]]]:
        """Return title and names of the custom fields that stand under none of the page's own headings."""
        layout = self.views.layout or self.default_layout()
        taken = {
            in_english(part.title)
            for part in (*layout.facts, *layout.main, *layout.side)
            if isinstance(part, Fields) and part.title
        }
        known = made_of(self.model)
        return [
            (custom_title(known[names[0]]), names)
            for section, names in self.made_by_section(record).items()
            if section not in taken
        ]

    def facts(self, record: Any, names: Any, *, may_edit: bool) -> list[Fact]:
        """Return the values of ``names`` that the viewer may see."""
        known = fields_of(self.model)
        declared = {one.name for one in self.views.table.columns}
        cells = f"{page_url(record)}cell/"
        found = []
        for name in names:
            level = self.access.field_level(self.model, name)
            if level == "hidden" or (name not in known and name not in declared):
                continue
            column = fact_column(self.views, name, self.at, self.access)
            editable = (
                may_edit
                and not level
                and name in known
                and known[name].writable
                and known[name].kind is not Kind.FILE
                and self.in_form(name)
            )
            url = f"{cells}{name}/" if editable else ""
            found.append(Fact(column, fact_html(column, record), url))
        return found

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
        has_more = len(found) > part.limit
        list_url = f"{views.url('list')}?{part.by}={record.pk}" if views else ""
        return {
            "title": part.title or capital(registry.by_key(part.key).label_plural),
            "type": registry.by_key(part.key),
            "rows": found[: part.limit],
            "count": f"{part.limit}+" if has_more else len(found) or "",
            "more_url": list_url if has_more else "",
            "new_url": f"{views.url('quick')}?{part.by}={record.pk}"
            if views and self.access.can(model, "add")
            else "",
        }


class LaterPart(DetailPage):
    """``<id>/part/<key>/``: a part of the page that came with its heading alone."""

    draws_lazy = True

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:  # type: ignore[override]
        record = self.get_record(pk)
        places = self.places(self.views.layout or self.default_layout())
        found = (part for parts in places.values() for part in parts if part.lazy and part.part_key == name)
        part = next(found, None)
        if part is None:
            raise Http404
        return HttpResponse(self.drawn(part, record))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def has_library(name: str) -> bool:
    """Tell whether some app brings this library of template tags."""
    libraries: dict[str, str] = engines["django"].engine.template_libraries  # type: ignore[attr-defined]
    return name in libraries


class HistoryPage(RecordPage):
    """``<id>/history/``: who changed what of this record, old and new."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk)
        known = fields_of(self.model)
        events = redact(own_events(record, HISTORY), request.user)
        # What was done with the record (a call, a task) stands in its timeline: nothing of it was changed.
        events = [event for event in events if "activity" not in event.data]
        undo = undo_urls(record, events, self.access)
        lines = [
            {
                "event": event,
                "changes": changes_in(event, known),
                "text": told(event),
                "undo_url": undo.get(event.pk, ""),
                "split_url": self.split_url(record, event),
            }
            for event in events
        ]
        return self.show("ui/history.html", {"record": record, "lines": lines, "url": page_url(record)})

    def split_url(self, record: Any, event: Any) -> str:
        """Return where the merge that an event tells of can be taken back."""
        if not event.name.endswith(".merged") or not self.access.can(self.model, "change", record):
            return ""
        job = Job.objects.filter(pk=event.job_id).first()
        if job is None or merging.why_not_split(job) or not merging.may_split(job, self.request.user):
            return ""
        return self.views.url("split", record.pk, job.pk)


def told(event: Any) -> str:
    """Say in a word what happened, for the kinds that every type has."""
    words = {
        "created": _("created it"),
        "updated": _("changed it"),
        "deleted": _("deleted it"),
        "restored": _("restored it"),
        "undone": _("undid a change"),
        "removed": _("took it back"),
        "won": _("won it"),
        "lost": _("lost it"),
        "reopened": _("reopened it"),
        "stage_changed": _("moved it to another stage"),
        "merged": _("merged others into it"),
        "split": _("split others off again"),
        "related": _("related it"),
        "unrelated": _("took a relation away"),
    }
    return words.get(event.name.rpartition(".")[2]) or _("changed it")


class DeletePage(RecordPage):
    """``<id>/delete/``: puts the record into the bin."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="delete")
        return self.show("ui/delete.html", {"record": record, "url": page_url(record)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="delete")
        try:
            self.views.service().delete([record], actor=self.actor, at=self.at)
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
            action.verb(records=[record], actor=self.actor, at=self.at, **(form.cleaned_data if form else {}))
        except (RecordErrors, ValidationError) as refused:
            return self.refused(record, action, form, refused)
        response = go_to(request, page_url(record))
        return toast(request, response, str(action.done or action.label), undo=undo_url(record, request.user))

    def wanted(self, pk: int, name: str) -> tuple[Any, Action]:
        record = self.get_record(pk)
        action = self.views.action(name) or more_action(self.model, self.request.user, name)
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
