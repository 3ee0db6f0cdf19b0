"""The bell's menu, the page of notifications, following, and how one wants to be told."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.notifications import live, quiet, selectors, services
from crm.notifications.forms import ChoicesForm, QuietForm
from crm.notifications.kinds import all_kinds
from crm.notifications.models import Notification
from crm.notifications.showing import Line
from crm.records import registry
from crm.records.models import Record
from crm.timeline.entries import day_label
from crm.ui.feedback import trigger

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

#: The bell shows so many; the page shows all.
IN_MENU = 10
#: So many things that came at once are shown in toasts.
IN_TOASTS = 3


@login_required
@require_GET
@never_cache
def ask(request: HttpRequest) -> JsonResponse:
    """Tell an open page how many unread notifications there are, and what has just come."""
    user: Any = request.user
    state = live.state_of(user)
    after = number(request.GET.get("after"))
    fresh: list[Line] = []
    if after is not None and state.last > after and not quiet.is_quiet(user, timezone.now()):
        rows = selectors.notifications_of(user).filter(pk__gt=after, read_at=None)
        fresh = [Line(one) for one in selectors.visible(rows[:IN_TOASTS], user)]
    told = [
        {"text": f"{one.who}: {one.words} · {one.title}", "url": f"/notifications/{one.notification.pk}/"}
        for one in fresh
    ]
    return JsonResponse({"version": state.version, "unread": state.unread, "last": state.last, "fresh": told})


@login_required
@require_GET
def menu(request: HttpRequest) -> HttpResponse:
    """The latest, in the bell's menu."""
    return latest(request)


def latest(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    rows = selectors.visible(selectors.notifications_of(user)[: IN_MENU * 2], user)[:IN_MENU]
    context = {"lines": [Line(one) for one in rows], "unread": live.state_of(user).unread}
    return render(request, "notifications/menu.html", context)


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """``/notifications/``: everything, by day, narrowed to a kind or to what is unread."""
    user: Any = request.user
    kind, unread = request.GET.get("kind", ""), "unread" in request.GET
    rows, following = selectors.page_of(
        user, kind=kind, unread=unread, before=number(request.GET.get("before"))
    )
    context = {
        "days": by_day([Line(one) for one in rows]),
        "kinds": all_kinds(),
        "kind": kind,
        "only_unread": unread,
        "following": following,
        "unread": live.state_of(user).unread,
    }
    return render(request, "notifications/page.html", context)


def by_day(lines: list[Line]) -> list[tuple[str, list[Line]]]:
    """Put lines under their days, as the viewer counts days."""
    today = timezone.localdate()

    def day_of(line: Line) -> date:
        return timezone.localtime(line.notification.at).date()

    return [(day_label(day, today), list(found)) for day, found in groupby(lines, key=day_of)]


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """GET reads a notification and leads to what it is about; POST marks it read or unread."""
    user: Any = request.user
    found = get_object_or_404(Notification.objects.select_related("actor"), pk=pk, user=user)
    if request.method == "POST":
        if "unread" in request.POST:
            services.unread(user=user, pk=pk)
        else:
            services.read(user=user, ids=[pk], at=timezone.now())
        found.refresh_from_db()
        return render(request, "notifications/line.html", {"line": Line(found)})
    services.read(user=user, ids=[pk], at=timezone.now())
    url = Line(found).url or "/notifications/"
    return redirect(url if url_has_allowed_host_and_scheme(url, None) else "/notifications/")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    user: Any = request.user
    services.read(user=user, ids=None, at=timezone.now())
    if getattr(request, "htmx", False):
        return trigger(latest(request), "notificationsRead", {})
    return redirect("notifications:page")


@login_required
@require_POST
def follow(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Follow a record, or stop following it; the button is drawn anew."""
    user: Any = request.user
    try:
        model: Any = registry.by_slug(slug).model
    except KeyError:
        raise Http404 from None
    if not issubclass(model, Record):
        raise Http404
    record = get_object_or_404(model.objects.visible_to(user), pk=pk)
    act = services.unfollow if selectors.is_following(user, record) else services.follow
    act(user=user, record=record, at=timezone.now())
    context = {"following": selectors.is_following(user, record), "url": request.path}
    return HttpResponse(render_to_string("notifications/follow.html", context, request))


@login_required
def choices(request: HttpRequest) -> HttpResponse:
    """``/settings/notifications/``: how I want to be told."""
    user: Any = request.user
    form = ChoicesForm(request.POST or None, user=user)
    hours = QuietForm(request.POST or None, initial=asdict(quiet.quiet_of(user)))
    if request.method == "POST" and form.is_valid() and hours.is_valid():
        services.choose(user=user, choices=form.choices())
        quiet.keep(user=user, quiet=quiet.Quiet(**hours.cleaned_data))
        messages.success(request, _("Saved."))
        return redirect("notifications:choices")
    context = {"form": form, "hours": hours, "current": "notifications", "has_mail": bool(user.email)}
    return render(request, "notifications/choices.html", context)


def number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
