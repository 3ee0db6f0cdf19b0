"""Saying what came of an act: a quiet toast, with Undo where something can be undone."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from crm.identity.access import access_for
from crm.records.models import Event, EventLink


def toast(
    request: HttpRequest, response: HttpResponse, text: str, *, undo: str = "", tone: str = ""
) -> HttpResponse:
    """Have the page show ``text``; ``undo`` is the address that takes the act back."""
    if getattr(request, "htmx", False) and not response.has_header("HX-Redirect"):
        trigger(response, "toast", {"text": text, "undo": undo, "tone": tone})
    else:
        level = messages.ERROR if tone == "danger" else messages.SUCCESS
        messages.add_message(request, level, text, extra_tags=undo)
    return response


def trigger(response: HttpResponse, name: str, detail: Any) -> HttpResponse:
    """Have the page raise an event once the fragment has arrived."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    # Headers are ASCII: other letters travel as escapes.
    response.headers["HX-Trigger"] = json.dumps({**known, name: detail})
    return response


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Lead the browser to another page, from a fragment too."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = url
        return response
    response = HttpResponse(status=303)
    response.headers["Location"] = url
    return response


def undo_url(record: Any, actor: Any) -> str:
    """Return the address that undoes what ``actor`` has just done to ``record``."""
    event = latest_event(record, actor)
    if event is None:
        return ""
    # Taking back what one has made is putting it into the bin, which not everybody may.
    if event.name.endswith(".created") and not access_for(actor).can(type(record), "delete", record):
        return ""
    return reverse("ui:undo_event", args=[event.pk])


def latest_event(record: Any, actor: Any) -> Event | None:
    """Return the newest event about ``record`` itself that ``actor`` caused."""
    ref = record.ref
    links = EventLink.objects.filter(type_id=ref.type_id, record_id=ref.id).order_by("-at", "-event_id")
    ids = list(links.values_list("event_id", flat=True)[:10])
    own = Event.objects.filter(pk__in=ids, type_id=ref.type_id, record_id=ref.id, actor=actor)
    return own.order_by("-pk").first()
