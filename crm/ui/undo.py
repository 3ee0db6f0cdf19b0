"""Taking back one change, out of its event's old values; and the bin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import access_for
from crm.records import registry
from crm.records.drafts import RecordErrors
from crm.records.fields import Field, FieldError, Kind, fields_of
from crm.records.models import Event, Record
from crm.ui.declaration import has_views, views_of
from crm.ui.feedback import toast, trigger
from crm.ui.formats import page_url
from crm.ui.forms import same

PER_PAGE = 100
KEPT_DAYS = 30


class NotUndone(Exception):
    """The change can't be taken back; the text says why."""


def undo_event(event: Event, *, actor: Any, at: Any) -> Any:
    """Take back what ``event`` tells of: old values return, a new record goes to the bin.

    Raises:
        NotUndone: when somebody changed the same fields since.
        RecordErrors: when the service refuses the old values.
    """
    model: Any = registry.by_id(event.type_id).model
    record = model.all_objects.visible_to(actor).filter(pk=event.record_id).first()
    if record is None:
        raise Http404
    service = registry.service_for(model)
    verb = event.name.rpartition(".")[2]
    if verb == "created":
        service.delete([record], actor=actor, at=at)
    elif verb == "deleted":
        service.restore([record], actor=actor, at=at)
    else:
        service.update([record], old_values(event, record), actor=actor, at=at)
    return record


def old_values(event: Event, record: Record) -> dict[str, Any]:
    """Return what the fields held before, as the service takes it."""
    known = fields_of(type(record))
    found = {}
    for name, change in (event.data.get("changes") or {}).items():
        one = known.get(name)
        if one is None or not one.writable:
            continue
        if not is_kept(one, one.value(record), change.get("new")):
            raise NotUndone(_("%(field)s was changed since.") % {"field": one.label})
        found[name] = kept_value(one, change.get("old"))
    if not found:
        raise NotUndone(_("This change can't be undone."))
    return found


def is_kept(one: Field, value: Any, kept: Any) -> bool:
    """Tell whether a field still holds what an event says was written."""
    if isinstance(value, datetime) and kept:
        # JSON keeps thousandths of a second, the database millionths.
        return bool(abs(value - one.parse(kept)) < timedelta(seconds=1))
    now = one.json(value)
    return same(now, kept) or str(now) == str(kept)


def is_still(one: Field, record: Record, kept: Any) -> bool:
    """Tell whether the field holds what the event says it was changed to."""
    value = one.value(record)
    if one.kind is Kind.DATETIME and isinstance(value, datetime):
        # Events keep instants to the millisecond.
        said = parse_datetime(str(kept or ""))
        return said is not None and abs(said - value) < timedelta(milliseconds=1)
    now = one.json(value)
    return same(now, kept) or str(now) == str(kept)


def kept_value(one: Field, value: Any) -> Any:
    """Turn a value kept in an event back into a value of the field."""
    if isinstance(value, str) and value:
        try:
            return one.parse(value)
        except FieldError:
            return value
    return one.empty if value is None else value


class UndoEventView(LoginRequiredMixin, View):
    """POST: takes back one change that the viewer made."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        event = get_object_or_404(Event, pk=pk)
        access = access_for(request.user)
        if event.actor_id != access.user_id and not access.is_root:
            raise PermissionDenied
        response = HttpResponse(status=204)
        trigger(response, "recordsChanged", {})
        try:
            undo_event(event, actor=request.user, at=timezone.now())
        except NotUndone as refused:
            return self.answer(toast(request, response, str(refused), tone="danger"))
        except RecordErrors as refused:
            return self.answer(toast(request, response, str(refused), tone="danger"))
        return self.answer(toast(request, response, _("Undone.")))

    def answer(self, response: HttpResponse) -> HttpResponse:
        """Without htmx go back to where one came from."""
        if getattr(self.request, "htmx", False):
            return response
        return redirect(back_to(self.request))


def back_to(request: HttpRequest) -> str:
    """Return the page one came from, if it is ours."""
    came_from = request.headers.get("Referer", "")
    ours = request.build_absolute_uri("/")
    return came_from if came_from.startswith(ours) else "/"


class BinView(LoginRequiredMixin, View):
    """``/bin/``: what was deleted within 30 days and can return."""

    def get(self, request: HttpRequest) -> HttpResponse:
        types = [one for one in registry.types() if has_views(one.model) and self.may(one)]
        slug = request.GET.get("type", "")
        chosen = next((one for one in types if one.slug == slug), types[0] if types else None)
        rows: Any = []
        if chosen is not None:
            model: Any = chosen.model
            deleted = (
                model.all_objects.in_bin().filter(merged_into_id=None).visible_to(request.user, "delete")
            )
            rows = list(deleted.select_related("owner").order_by("-deleted_at", "-pk")[: PER_PAGE + 1])
        context = {
            "types": types,
            "chosen": chosen,
            "rows": rows[:PER_PAGE],
            "has_more": len(rows) > PER_PAGE,
            "days": KEPT_DAYS,
        }
        return render(request, "ui/bin.html", context)

    def may(self, record_type: Any) -> bool:
        return access_for(self.request.user).can(record_type.model, "delete")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Restore one record, or those ticked."""
        try:
            record_type = registry.by_slug(request.POST.get("type", ""))
        except KeyError:
            raise Http404 from None
        ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal()]
        model: Any = record_type.model
        records = list(model.all_objects.in_bin().visible_to(request.user, "delete").filter(pk__in=ids))
        if not records:
            raise Http404
        actor: Any = request.user
        views_of(model).service().restore(records, actor=actor, at=timezone.now())
        if len(records) == 1:
            return toast(request, redirect(page_url(records[0])), _("Restored."))
        response = redirect(f"{request.path}?type={record_type.slug}")
        return toast(request, response, _("%(count)d records restored.") % {"count": len(records)})
