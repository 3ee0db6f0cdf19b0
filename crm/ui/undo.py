"""Taking back one change, out of its event's old values; and the bin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import access_for
from crm.records import registry, relations
from crm.records.drafts import RecordErrors
from crm.records.fields import Field, FieldError, fields_of
from crm.records.models import Event, Record
from crm.ui.feedback import toast, trigger
from crm.ui.forms import same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.identity.access import Access


class NotUndone(Exception):
    """The change can't be taken back; the text says why."""


def undo_event(event: Event, *, actor: Any, at: Any) -> list[str]:
    """Take back what ``event`` tells of: old values return, a new record goes to the bin.

    Fields that somebody changed since stay as they are; their labels are returned.

    Raises:
        NotUndone: when nothing is left to take back.
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
        return []
    if verb == "deleted":
        service.restore([record], actor=actor, at=at)
        return []
    if verb in (relations.RELATED, relations.UNRELATED):
        relations.take_back(event, record=record, actor=actor, at=at)
        return []
    back = Takeback(event, record)
    if not back.values:
        raise NotUndone(back.reason)
    service.update([record], back.values, actor=actor, at=at)
    return back.changed_since


class Takeback:
    """What one change of a record would put back, and what was changed since and stays."""

    def __init__(self, event: Event, record: Record, now: dict[str, Any] | None = None) -> None:
        """``now`` remembers values of the record from one event to the next."""
        known = fields_of(type(record))
        now = {} if now is None else now
        self.values: dict[str, Any] = {}
        self.changed_since: list[str] = []
        for name, change in (event.data.get("changes") or {}).items():
            one = known.get(name)
            if one is None or not one.writable:
                continue
            if name not in now:
                now[name] = one.value(record)
            if is_kept(one, now[name], change.get("new")):
                self.values[name] = kept_value(one, change.get("old"))
            else:
                self.changed_since.append(str(one.label))

    @property
    def reason(self) -> str:
        """Why nothing can be put back."""
        if self.changed_since:
            return _("%(field)s was changed since.") % {"field": self.changed_since[0]}
        return _("This change can't be undone.")


def undo_urls(record: Record, events: Sequence[Event], access: Access) -> dict[int, str]:
    """Return where each change of a record can be taken back by this person, as far as it can."""
    if not access.can(type(record), "change", record):
        return {}
    now: dict[str, Any] = {}
    found = {}
    for event in events:
        back = Takeback(event, record, now)
        # A field that the person may not write would refuse the whole.
        if back.values and not any(access.field_level(type(record), name) for name in back.values):
            found[event.pk] = reverse("ui:undo_event", args=[event.pk])
    return found


def is_kept(one: Field, value: Any, kept: Any) -> bool:
    """Tell whether a field still holds what an event says was written."""
    if isinstance(value, datetime) and kept:
        # JSON keeps thousandths of a second, the database millionths.
        return bool(abs(value - one.parse(kept)) < timedelta(seconds=1))
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
    """POST: takes back one change: one's own, or anybody's on a record that one may change."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        event = get_object_or_404(Event, pk=pk)
        if not self.may_undo(event):
            raise PermissionDenied
        response = HttpResponse(status=204)
        trigger(response, "recordsChanged", {})
        try:
            kept = undo_event(event, actor=request.user, at=timezone.now())
        except NotUndone as refused:
            return self.answer(toast(request, response, str(refused), tone="danger"))
        except RecordErrors as refused:
            return self.answer(toast(request, response, str(refused), tone="danger"))
        text = _("Undone.")
        if kept:
            text = _("Undone, except what was changed since: %(fields)s.") % {"fields": ", ".join(kept)}
        return self.answer(toast(request, response, text))

    def may_undo(self, event: Event) -> bool:
        """Tell whether the viewer made it, or changes fields of a record that they may change."""
        access = access_for(self.request.user)
        if access.is_root or event.actor_id == access.user_id:
            return True
        model: Any = registry.by_id(event.type_id).model
        record = model.objects.visible_to(self.request.user).filter(pk=event.record_id).first()
        is_change = bool(event.data.get("changes"))
        return record is not None and is_change and access.can(model, "change", record)

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
