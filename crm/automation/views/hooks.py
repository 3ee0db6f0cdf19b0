"""Webhooks: their addresses, secrets, and the log of what was sent and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crm.automation import hooks, index
from crm.automation.forms import HookForm
from crm.automation.models import HookDelivery, HookState, Webhook
from crm.automation.views.common import for_administrators, me, page, tell
from crm.automation.views.log import PER_PAGE, Pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TONES = {HookState.SENT: "success", HookState.FAILED: "danger", HookState.WAITING: "info"}


@for_administrators
def hook_list(request: HttpRequest) -> HttpResponse:
    return page(request, "hooks/list", rows=Webhook.objects.select_related("author").order_by("name", "pk"))


@for_administrators
@never_cache
def hook_new(request: HttpRequest) -> HttpResponse:
    """A new webhook; its secret is shown in the answer, once."""
    form = HookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        hook, secret = hooks.create(author=me(request), **form.cleaned_data)
        tell(hook, "created", me(request))
        return show(request, hook, secret=secret)
    return page(request, "hooks/new", form=form, status=422 if form.errors else 200)


@for_administrators
@never_cache
def hook_edit(request: HttpRequest, pk: int) -> HttpResponse:
    hook = get_object_or_404(Webhook.objects.select_related("author"), pk=pk)
    form = HookForm(request.POST or None, instance=hook)
    if request.method == "POST" and form.is_valid():
        form.save()
        index.changed()
        tell(hook, "updated", me(request))
        messages.success(request, _("Saved."))
        return redirect("automation:hook", pk)
    return show(request, hook, form=form)


def show(
    request: HttpRequest, hook: Webhook, *, form: HookForm | None = None, secret: str = ""
) -> HttpResponse:
    rows = HookDelivery.objects.filter(webhook=hook).order_by("-pk")
    found = Pages(rows, PER_PAGE).get_page(request.GET.get("page"))
    lines = [{"row": row, "tone": TONES[HookState(row.state)]} for row in found]
    form = form or HookForm(instance=hook)
    status = 422 if form.errors else 200
    return page(
        request, "hooks/edit", hook=hook, form=form, secret=secret, lines=lines, page=found, status=status
    )


@for_administrators
@never_cache
@require_POST
def hook_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Switch, ping, give a new secret, delete."""
    hook = get_object_or_404(Webhook, pk=pk)
    if act == "secret":
        secret = hooks.rotate_secret(hook, at=timezone.now())
        tell(hook, "secret_changed", me(request))
        return show(request, hook, secret=secret)
    if act == "delete":
        tell(hook, "deleted", me(request))
        hook.delete()
        index.changed()
        messages.success(request, _("The webhook is gone, with its log."))
        return redirect("automation:hooks")
    if act == "ping":
        row = hooks.ping(hook, at=timezone.now())
        if row.state == HookState.SENT:
            messages.success(request, _("It answered with %(status)d.") % {"status": row.status})
        else:
            messages.error(request, _("It did not work: %(reason)s") % {"reason": row.error})
    else:
        hooks.switch(hook, on=act == "on")
        tell(hook, "switched_on" if act == "on" else "switched_off", me(request))
    return redirect("automation:hook", pk)


@for_administrators
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message once more."""
    row = get_object_or_404(HookDelivery, pk=pk)
    hooks.send_again(row)
    messages.success(request, _("It is sent again."))
    return redirect("automation:hook", row.webhook_id)
