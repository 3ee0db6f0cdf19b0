"""Mailboxes: connecting them, how they fare, and what became of each letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.mail import connecting, raw, selectors
from crm.mail.connection_form import MailboxForm
from crm.mail.models import Auth, LedgerRow, Mailbox, MailboxState, Outcome
from crm.mail.receiving import retry
from crm.mail.syncing import oauth, planning
from crm.mail.syncing.errors import MailServerError
from crm.mail.visibility import Eyes
from crm.records.registry import service_for
from crm.timeline.models import Activity
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from django.http import HttpRequest

CURRENT = {"current": "mailboxes"}
PAGE = 50


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """``/settings/mailboxes/``: one's own, one's teams'; administrators see all."""
    user: Any = request.user
    rows = [(one, selectors.may_manage(one, user)) for one in selectors.listed_mailboxes(user)]
    context = {**CURRENT, "rows": rows, "may_add_team": may_administer(user)}
    return render(request, "mail/settings/list.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Connect a mailbox; both servers are tried before it is kept."""
    user: Any = request.user
    for_team = "team" in request.GET
    if for_team and not may_administer(user):
        raise PermissionDenied
    now = timezone.now()
    form = MailboxForm(request.POST or None, user=user, for_team=for_team, at=now)
    if form.is_valid() and form.try_servers():
        mailbox = connecting.connect(mailbox=form.save(commit=False), actor=user, at=now)
        return _after(request, mailbox, _("Mailbox connected. Its letters arrive now."))
    return _form(request, form, for_team=for_team)


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a mailbox."""
    user: Any = request.user
    mailbox = _managed(pk, user)
    now = timezone.now()
    for_team = mailbox.team_id is not None
    form = MailboxForm(request.POST or None, user=user, for_team=for_team, at=now, instance=mailbox)
    if form.is_valid() and (mailbox.is_test or form.try_servers()):
        connecting.change(mailbox=form.save(commit=False), actor=user, at=now, changed=form.changed_data)
        return _after(request, mailbox, _("Saved."))
    return _form(request, form, for_team=for_team, mailbox=mailbox)


def _form(request: HttpRequest, form: MailboxForm, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "mail/settings/form.html", {**CURRENT, "form": form, **context}, status=status)


def _after(request: HttpRequest, mailbox: Mailbox, text: str) -> HttpResponse:
    if mailbox.auth != Auth.PASSWORD and not mailbox.credentials():
        # A link, not a redirect: forms may lead only to our own pages.
        messages.info(request, _("One step is left: sign in at the provider and give the permission."))
    else:
        messages.success(request, text)
    return redirect("mail:mailbox", mailbox.pk)


@login_required
@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One mailbox: how it fares, and its ledger."""
    user: Any = request.user
    mailbox = _seen(pk, user)
    outcome = request.GET.get("outcome", "")
    given = request.GET.get("before", "")
    rows = list(selectors.ledger_of(mailbox, outcome, int(given) if given.isdigit() else None)[: PAGE + 1])
    counts = LedgerRow.objects.filter(mailbox=mailbox).counts()
    context = {
        **CURRENT,
        "mailbox": mailbox,
        "folders": mailbox.folder_states.order_by("pk"),
        "rows": rows[:PAGE],
        "following": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "outcome": outcome,
        "outcomes": [(one.value, one.label, counts.get(one.value, 0)) for one in Outcome],
        "may_manage": selectors.may_manage(mailbox, user),
        "may_read": Eyes.of(user).works_with(mailbox),
        "is_paused": mailbox.state == MailboxState.PAUSED,
    }
    return render(request, "mail/settings/mailbox.html", context)


@login_required
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Read now, pause, or go on."""
    user: Any = request.user
    mailbox, now = _managed(pk, user), timezone.now()
    name = request.POST.get("act")
    if name == "pause":
        connecting.pause(mailbox=mailbox, actor=user, at=now)
        messages.success(request, _("Paused. Letters stay on the server until you go on."))
    elif name == "go_on":
        connecting.go_on(mailbox=mailbox, actor=user, at=now)
        messages.success(request, _("The mailbox is read again."))
    else:
        planning.ask(mailbox)
        messages.success(request, _("The mailbox is being read."))
    return redirect("mail:mailbox", pk)


@login_required
@require_GET
def permission(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the provider, to give the permission."""
    user: Any = request.user
    mailbox = _managed(pk, user)
    if mailbox.auth == Auth.PASSWORD or not oauth.is_set_up(mailbox.auth):
        raise Http404
    back = request.build_absolute_uri(reverse("mail:back"))
    return redirect(oauth.permission_url(mailbox.auth, mailbox=mailbox, user_id=user.pk, redirect=back))


@login_required
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people back, with a code or with a refusal."""
    user: Any = request.user
    state = request.GET.get("state", "")
    try:
        asked = oauth.read_state(state)
    except signing.BadSignature:
        messages.error(request, _("This permission was asked for too long ago. Try again."))
        return redirect("mail:mailboxes")
    if asked["user"] != user.pk:
        raise PermissionDenied
    mailbox, now = _managed(asked["mailbox"], user), timezone.now()
    where = request.build_absolute_uri(reverse("mail:back"))
    try:
        if not (code := request.GET.get("code")):
            raise MailServerError(_("The provider gave no permission."))
        oauth.exchange(
            mailbox=mailbox, provider=asked["provider"], code=code, state=state, redirect=where, at=now
        )
    except MailServerError as wrong:
        messages.error(request, str(wrong))
    else:
        connecting.go_on(mailbox=mailbox, actor=user, at=now)
        messages.success(request, _("Permission given. The mailbox is being read."))
    return redirect("mail:mailbox", mailbox.pk)


@login_required
@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The raw letter of a ledger row, as a file: it is never shown by the browser."""
    row = _row(pk, request.user)
    if not row.raw_path:
        raise Http404
    response = HttpResponse(raw.read(row.raw_path), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="letter-{row.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_POST
def row_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a letter from the quarantine again, or make a task of it."""
    user: Any = request.user
    row, now = _row(pk, user), timezone.now()
    if request.POST.get("act") == "task":
        make_task(row, user)
        messages.success(request, _("A task was made. The letter stays in quarantine."))
    else:
        intake = retry(row=row, at=now)
        if intake.row.outcome == Outcome.QUARANTINED:
            messages.error(
                request, _("It could not be read this time either: %(error)s") % {"error": row.reason}
            )
        else:
            messages.success(request, _("The letter was taken in."))
    return redirect("mail:mailbox", row.mailbox_id)


def make_task(row: LedgerRow, user: Any) -> None:
    """Turn a letter that could not be read into a task of the person who looks at it."""
    subject = row.subject or _("Letter that could not be read")
    lines = [row.from_address, row.reason, reverse("mail:source", args=[row.pk])]
    values = {"kind": "task", "subject": subject, "body": "\n".join(filter(None, lines)), "owner": user}
    service_for(Activity).create([values], actor=user, at=timezone.now())


def _seen(pk: int, user: Any) -> Mailbox:
    mailbox: Mailbox = get_object_or_404(Mailbox.objects.select_related("user", "team"), pk=pk)
    if not selectors.may_see_ledger(mailbox, user):
        raise Http404
    return mailbox


def _managed(pk: int, user: Any) -> Mailbox:
    mailbox = _seen(pk, user)
    if not selectors.may_manage(mailbox, user):
        raise PermissionDenied
    return mailbox


def _row(pk: int, user: Any) -> LedgerRow:
    """Return a row whose letter ``user`` may read: only those who work with the mailbox."""
    row: LedgerRow = get_object_or_404(LedgerRow.objects.select_related("mailbox"), pk=pk)
    if row.mailbox is None or not Eyes.of(user).works_with(row.mailbox):
        raise Http404
    return row
