"""Making and changing one record: the full form, the short one, and one value in place.

Saving over somebody shows the difference per field: what I typed is kept, what only they
changed is taken over, and where both changed the same field the person chooses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.records.customfields import conditions
from crm.records.customfields.known import made_of
from crm.records.drafts import Draft, RecordErrors, StaleRecord
from crm.records.fields import fields_of
from crm.records.models import Record
from crm.ui import changes
from crm.ui.admin.rights import may_administer
from crm.ui.conflicts import chosen_data, data_beside, three_way
from crm.ui.facts import fact_column, fact_html
from crm.ui.feedback import go_to, toast, trigger, undo_url
from crm.ui.formats import page_url
from crm.ui.pages import RecordPage
from crm.ui.presence import present
from crm.ui.tables import BoundColumn, Column

if TYPE_CHECKING:
    from crm.ui.forms import RecordForm


class NewPage(RecordPage):
    """``new/``: the full form; ``quick/``: the short one, in a side panel or a board column."""

    permission = "add"
    is_quick = False

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.is_quick and not self.is_fragment:
            # Opened in a tab of its own, the short form would stand there naked.
            query = request.GET.urlencode()
            return go_to(request, f"{self.views.url('new')}?{query}" if query else self.views.url("new"))
        return self.answer(self.form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if form.is_valid():
            try:
                draft = self.create(form)
            except RecordErrors as refused:
                form.take(refused.errors)
            else:
                return self.created(draft)
        return self.answer(form, status=422)

    def form(self, data: Any = None) -> RecordForm:
        names = self.views.form.quick_names() if self.is_quick else None
        initial = self.views.creates_at(self.request)
        return self.views.form(data, user=self.request.user, names=names, initial=initial)

    def create(self, form: RecordForm) -> Draft[Any]:
        # What the address gives but the short form does not show still counts: the board's column.
        given = {name: value for name, value in self.hidden_values(form).items() if name not in form.fields}
        row = {**given, **form.changes()}
        return self.views.service().create([row], actor=self.actor, at=self.at, via="page")[0]

    def hidden_values(self, form: RecordForm) -> dict[str, Any]:
        full = self.views.form(user=self.request.user, initial=self.views.creates_at(self.request))
        return {
            name: full.fields[name].clean(value)
            for name, value in full.initial.items()
            if name in full.fields
        }

    def answer(self, form: RecordForm, *, status: int = 200) -> HttpResponse:
        if ADDED in self.request.GET:
            return self.show("ui/edit/added.html", {"fields": added_fields(self.request, form)})
        template = "ui/quick.html" if self.is_quick else "ui/edit.html"
        query = self.request.GET.urlencode()
        full = self.views.url("new")
        context = {
            "form": form,
            "record": None,
            "list_url": self.views.url("list"),
            "cancel_url": self.views.url("list"),
            "url": self.request.get_full_path(),
            "full_url": f"{full}?{query}" if query else full,
            **maker_context(self.request, self.views),
        }
        return self.show(template, context, status=status)

    def created(self, draft: Draft[Any]) -> HttpResponse:
        record, request = draft.record, self.request
        text = _("%(record)s created.") % {"record": record}
        if not self.is_quick:
            response = go_to(request, page_url(record))
            return toast(request, response, text)
        response = HttpResponse(status=204)
        detail = {
            "type": self.views.record_type().key,
            "id": record.pk,
            "text": str(record),
            "url": page_url(record),
        }
        trigger(response, "recordCreated", detail)
        return toast(request, response, text, undo=undo_url(record, request.user))


class EditPage(RecordPage):
    """``<id>/edit/``: the form of a record, guarded against saving over somebody."""

    permission = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        others = present(record.ref, request.user)
        if ADDED in request.GET:
            fields = added_fields(request, self.views.form(user=request.user, record=record))
            return self.show("ui/edit/added.html", {"fields": fields})
        if "presence" in request.GET:
            return self.show(
                "ui/edit/presence.html", {"others": others, "presence_url": f"{request.path}?presence=1"}
            )
        return self.answer(record, self.views.form(user=request.user, record=record), others=others)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        form = self.views.form(
            chosen_data(request, self.views.form, record), user=request.user, record=record
        )
        if not form.is_valid():
            return self.answer(record, form, status=422)
        seen = request.POST.get("seen_version", "")
        try:
            drafts = self.views.service().update(
                [record],
                form.changes(),
                actor=self.actor,
                at=self.at,
                seen_version=int(seen) if seen.isdecimal() else None,
            )
        except RecordErrors as refused:
            form.take(refused.errors)
            return self.answer(record, form, status=422)
        except StaleRecord as stale:
            return self.merge(stale, form)
        return self.saved(drafts[0])

    def saved(self, draft: Draft[Any]) -> HttpResponse:
        response = go_to(self.request, page_url(draft.record))
        if draft.outcome == "unchanged":
            return toast(self.request, response, _("Nothing was changed."))
        return toast(self.request, response, _("Saved."), undo=undo_url(draft.record, self.request.user))

    def merge(self, stale: StaleRecord, form: RecordForm) -> HttpResponse:
        """Save what does not collide; where both changed a field, ask."""
        record = stale.current
        theirs = changes.since(record, stale.seen_version, self.request.user)
        wanted, conflicts = three_way(form, theirs, record)
        if conflicts:
            names = ", ".join(sorted({str(one.who) for one in conflicts if one.who}))
            again = self.views.form(
                data_beside(form, theirs, wanted, conflicts), user=form.user, record=record
            )
            again.is_valid()
            return self.answer(record, again, status=422, conflicts=conflicts, who=names)
        try:
            drafts = self.views.service().update([record], wanted, actor=self.actor, at=self.at)
        except RecordErrors as refused:
            form.take(refused.errors)
            return self.answer(record, form, status=422)
        return self.saved(drafts[0])

    def answer(self, record: Any, form: RecordForm, *, status: int = 200, **extra: Any) -> HttpResponse:
        context = {"form": form, "record": record, "cancel_url": page_url(record), **extra}
        context |= maker_context(self.request, self.views)
        context["list_url"] = self.views.url("list")
        context["presence_url"] = f"{self.request.path}?presence=1"
        return self.show("ui/edit.html", context, status=status)


#: In the address: the latest custom field that an open form knows.
ADDED = "fields_after"


def maker_context(request: HttpRequest, views: Any) -> dict[str, Any]:
    """Return what lets an administrator add a field without leaving a record's form."""
    if not may_administer(request.user) or not issubclass(views.model, Record):
        return {}
    slug = views.record_type().slug
    latest = max((one.definition.pk for one in made_of(views.model).values()), default=0)
    return {
        "field_url": f"{reverse('admin:records_customfield_add')}?type={slug}&panel=1",
        "added_url": f"{request.path}?{ADDED}={latest}",
    }


def added_fields(request: HttpRequest, form: RecordForm) -> list[Any]:
    """Return the fields made since the form was opened, with what was typed into them already."""
    text = request.GET.get(ADDED, "")
    latest = int(text) if text.isdecimal() and len(text) < 10 else 0
    made = made_of(form.Meta.model)
    names = [name for name in form.fields if name in made and made[name].definition.pk > latest]
    for name in names:
        if name in request.GET:
            form.initial[name] = form.fields[name].to_python(request.GET[name])
    return [form[name] for name in names]


class CellPage(RecordPage):
    """``<id>/cell/<name>/``: one value edited in place, in a list or among the facts."""

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        record = self.get_record(pk)
        if request.GET.get("show"):
            return self.cell(record, name)
        return self.editor(record, name, self.form(record, name))

    def post(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        record = self.get_record(pk)
        form = self.form(record, name, request.POST)
        if not form.is_valid():
            return self.editor(record, name, form, status=422)
        seen = request.POST.get("seen_version", "")
        if seen.isdecimal() and int(seen) < record.version and self.clashes(form, record, name, int(seen)):
            return self.editor(record, name, form, status=422)
        try:
            drafts = self.views.service().update([record], form.changes(), actor=self.actor, at=self.at)
        except RecordErrors as refused:
            form.take(refused.errors)
            return self.editor(record, name, form, status=422)
        response = self.cell(self.get_record(pk), name)
        if drafts[0].outcome == "unchanged":
            return response
        if self.place == "facts":
            trigger(response, "factChanged", {"type": self.views.record_type().key, "id": pk})
            if any(name in conditions.asked_of(one) for one in made_of(self.model).values()):
                trigger(response, "conditionsChanged", {})
        return toast(request, response, _("Saved."), undo=undo_url(record, request.user))

    def clashes(self, form: RecordForm, record: Any, name: str, seen: int) -> bool:
        """Tell whether somebody changed this very value meanwhile, and say so beside it.

        Saved once more it replaces theirs: by then one has seen it.
        """
        theirs = changes.since(record, seen, self.request.user).get(name)
        if theirs is None or name not in form.changes():
            return False
        words = {"who": theirs.who or _("Somebody"), "value": theirs.new_text or _("nothing")}
        form.add_error(
            name, _("%(who)s changed this to “%(value)s” meanwhile. Save again to replace it.") % words
        )
        return True

    def form(self, record: Any, name: str, data: Any = None) -> RecordForm:
        """Return the form of this one field.

        Raises:
            Http404: when there is no such field to see.
            PermissionDenied: when it is not the viewer's to change.
        """
        if name not in fields_of(self.model) or self.access.field_level(self.model, name) == "hidden":
            raise Http404
        form = self.views.form(data, user=self.request.user, record=record, names=[name])
        if form.fields[name].disabled or not self.access.can(self.model, "change", record):
            raise PermissionDenied
        return form

    def editor(self, record: Any, name: str, form: RecordForm, *, status: int = 200) -> HttpResponse:
        context = {"record": record, "form": form, "field": form[name], "url": self.url(record, name)}
        part = "edit" if status == 200 else "again"
        return self.show(f"ui/cell.html#{part}", context, status=status)

    def cell(self, record: Any, name: str) -> HttpResponse:
        if self.place == "facts":
            column = fact_column(self.views, name, self.at, self.access)
            html = fact_html(column, record)
        else:
            declared = next((one for one in self.views.table.columns if one.name == name), Column(name))
            column = BoundColumn(declared, self.model, self.at, self.access)
            html = column.html(record)
        context = {"html": html, "url": self.url(record, name), "label": column.label}
        return self.show("ui/cell.html#show", context)

    def url(self, record: Any, name: str) -> str:
        url = self.views.url("cell", record.pk, name)
        return f"{url}?place=row" if self.place == "row" else url

    @property
    def place(self) -> str:
        """Where the value stands: in a "row" of a list or among the "facts" of a page."""
        return "row" if self.request.GET.get("place") == "row" else "facts"
