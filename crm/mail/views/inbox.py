"""``/inbox/``: what came in and waits, in three panes, under the keys."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crm.identity.models import User
from crm.lib import outbound
from crm.mail import makers, raw, safehtml, selectors, triage
from crm.mail.models import AddressRole, Message, MessageFile
from crm.mail.parsing import parse
from crm.mail.visibility import Eyes, Level, may_open, seen_of, visible_to
from crm.records import registry
from crm.records.files.sniffing import PICTURES, sniff
from crm.ui.feedback import toast

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE = 50
#: Acts of those whose letter it is.
SORTING = ("file", "reopen", "unread", "assign")
LABELS = {
    "new": gettext_lazy("Open"),
    "unread": gettext_lazy("Unread"),
    "unlinked": gettext_lazy("On no record"),
    "assigned": gettext_lazy("Given to me"),
    "all": gettext_lazy("All received"),
}


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The list, with the first or the named letter beside it."""
    user: Any = request.user
    view = request.GET.get("show", "new")
    view = view if view in LABELS else "new"
    before = request.GET.get("before", "")
    rows = selectors.inbox_of(user, view).select_related("mailbox", "assigned_to")
    rows = rows.defer("body_text", "quoted_text", "references")
    if before.isdigit():
        edge = Message.objects.filter(pk=int(before)).values_list("received_at", flat=True).first()
        rows = rows.filter(received_at__lt=edge) if edge else rows
    found = list(rows.order_by("-received_at", "-pk")[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "following": found[PAGE - 1].pk if len(found) > PAGE else None,
        "views": [(name, label, name == view) for name, label in LABELS.items()],
        "view": view,
        "has_mailbox": selectors.listed_mailboxes(user).exists(),
    }
    return render(request, "mail/inbox.html", context)


@login_required
@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter: in the pane of the inbox, or as a page of its own."""
    message = opened(request, pk)
    user: Any = request.user
    if handles(message, user):
        triage.mark_read(message=message, actor=user, at=timezone.now())
    template = "mail/letter.html" if request.headers.get("HX-Request") else "mail/letter_page.html"
    return render(request, template, context_of(message, user))


def handles(message: Message, user: Any) -> bool:
    """Tell whether somebody sorts this letter: it is in their mailbox, or was given to them.

    Whoever reads it on a record only may make records of it, and nothing else.
    """
    return message.assigned_to_id == user.pk or Eyes.of(user).works_with(message.mailbox)


def context_of(message: Message, user: Any) -> dict[str, Any]:
    """Return what a letter's template needs."""
    people = list(message.addresses.exclude(role=AddressRole.REPLY_TO).order_by("position"))
    siblings = message.thread.messages.exclude(pk=message.pk).select_related("mailbox")
    thread = seen_of(list(siblings.defer("body_text", "quoted_text").order_by("-received_at")[:30]), user)
    return {
        "message": message,
        "to": [one for one in people if one.role in (AddressRole.TO, AddressRole.CC)],
        "files": message.files.filter(is_inline=False).order_by("part"),
        "links": _linked(message, user),
        "thread": [one for one in thread.values() if one.may_open],
        "makers": makers.offered_to(user),
        "may_sort": handles(message, user),
        "colleagues": User.objects.filter(is_active=True).order_by("full_name", "username"),
        "bounced": message.verdict.get("bounced", []),
    }


def _linked(message: Message, user: Any) -> list[tuple[str, str, str]]:
    """Return icon, title and address of the records that a letter is on and that the viewer sees."""
    found = []
    for link in message.links.order_by("pk"):
        try:
            one = registry.by_id(link.type_id)
        except KeyError:
            continue
        manager: Any = one.model._default_manager
        record = manager.visible_to(user).filter(pk=link.record_id).first()
        if record is not None:
            found.append((one.icon, str(record), record.get_absolute_url()))
    return found


@login_required
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """File, reopen, mark as unread, assign, or turn a letter into a record."""
    message, now = opened(request, pk), timezone.now()
    user: Any = request.user
    name = request.POST.get("act", "")
    if name in SORTING and not handles(message, user):
        raise PermissionDenied
    if name == "file":
        triage.file(message=message, actor=user, at=now)
        return _done(request, message, _("Filed."))
    if name == "reopen":
        triage.reopen(message=message)
        return _done(request, message, _("Back in the inbox."))
    if name == "unread":
        triage.mark_unread(message=message)
        return _done(request, message, _("Marked as unread."))
    if name == "assign":
        given = request.POST.get("to", "")
        to = User.objects.filter(pk=int(given), is_active=True).first() if given.isdigit() else None
        triage.assign(message=message, to=to, actor=user, at=now)
        text = _("Given to %(name)s.") % {"name": to} if to else _("Given to nobody.")
        return _done(request, message, text)
    maker = next((one for one in makers.offered_to(user) if one.key == name), None)
    if maker is None:
        return HttpResponseBadRequest()
    try:
        makers.turn(message=message, key=name, actor=user, at=now)
    except ValidationError as wrong:
        return _done(request, message, " ".join(wrong.messages), tone="danger")
    return _done(request, message, str(maker.done))


def _done(request: HttpRequest, message: Message, text: str, tone: str = "success") -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect(message.get_absolute_url())
    message.refresh_from_db()
    response = render(request, "mail/letter.html", context_of(message, request.user))
    return toast(request, response, text, tone=tone)


@login_required
@require_GET
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of a letter, made safe, for a sandboxed frame of our own pages."""
    message = opened(request, pk)
    origin = f"{request.scheme}://{request.get_host()}"
    with_images = "images" in request.GET
    html, _left_out = safehtml.safe_page(raw.read(message.raw_path), with_images=with_images, origin=origin)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = safehtml.POLICY.format(origin=origin)
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
def image(request: HttpRequest) -> HttpResponse:
    """A picture of the web, fetched by us; the address is signed, and the frame it is for has no session."""
    try:
        address = safehtml.image_address(request.GET.get("u", ""))
        found = outbound.fetch(address)
    except (signing.BadSignature, outbound.Refused, outbound.Unreachable) as no:
        raise Http404 from no
    media_type = sniff(BytesIO(found.data)).media_type
    if found.status != 200 or media_type not in PICTURES.values():
        raise Http404
    response = HttpResponse(found.data, content_type=media_type)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@login_required
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of a letter, to be saved: never opened in our own pages."""
    row = get_object_or_404(MessageFile.objects.select_related("message__mailbox"), pk=pk)
    if not may_open(row.message, request.user):
        raise Http404
    found = next((one for one in parse(raw.read(row.message.raw_path)).files if one.part == row.part), None)
    if found is None:
        raise Http404
    response = HttpResponse(found.data, content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=row.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def opened(request: HttpRequest, pk: int) -> Message:
    """Return a letter that the person may read whole; else there is none."""
    user: Any = request.user
    rows = visible_to(user, Level.ALL).select_related("mailbox", "thread", "assigned_to", "bounce_of")
    message: Message = get_object_or_404(rows, pk=pk)
    return message
