"""Letters about accounts: written in the reader's language, sent by a worker.

A request only leaves a due row; the worker makes the link when it sends the letter, so no
table ever holds one, and a mail server that is away is tried again for hours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import app_settings as allauth_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, dumps, loads
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.accounts.models import Invitation
from crm.identity.models import Organisation, User
from crm.lib import queue
from crm.records import due

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

INVITATION = "letter.invitation"
PASSWORD_RESET = "letter.password_reset"
NOTICE = "letter.notice"
SALT = "accounts.invitation"
SECURITY_PAGE = "/settings/security/"


def base_address(request: HttpRequest | None) -> str:
    """Return where links in letters lead: BASE_URL, or what the sender's browser calls us."""
    if request is None or not settings.BASE_URL.startswith("http://localhost"):
        return str(settings.BASE_URL).rstrip("/")
    return request.build_absolute_uri("/").rstrip("/")


def post(kind: str, *, key: int | str, at: datetime, base: str, **payload: Any) -> None:
    """Have a letter sent as soon as a worker is free."""
    due.schedule(kind, str(key), at, {"base": base, **payload})
    queue.enqueue("crm.records.tasks.run_due")


# Invitations


def invitation_token(invitation: Invitation) -> str:
    return dumps([invitation.pk, invitation.nonce], salt=SALT)


def invitation_of(token: str) -> Invitation | None:
    """Return the invitation of a link, open or not; None when the link is not ours."""
    try:
        pk, nonce = loads(token, salt=SALT)
    except (BadSignature, ValueError, TypeError):
        return None
    return Invitation.objects.select_related("user", "invited_by").filter(pk=pk, nonce=nonce).first()


def invitation_address(invitation: Invitation, base: str) -> str:
    """Return the link that a colleague opens to choose a password."""
    path = reverse("accounts:accept_invitation", kwargs={"token": invitation_token(invitation)})
    return base + path


def send_invitation(invitation: Invitation, *, base: str, at: datetime) -> None:
    """Send the letter of one invitation, if it can still be taken up."""
    if not invitation.is_open(at):
        return
    company = Organisation.load()
    with translation.override(invitation.user.language or company.language):
        send(
            "invitation",
            subject=_("%(company)s invites you to Artel") % {"company": company.called},
            to=invitation.email,
            context={
                "invitation": invitation,
                "company": company,
                "link": invitation_address(invitation, base),
            },
        )
    invitation.sent_at = at
    invitation.save(update_fields=["sent_at"])


# Passwords


def reset_address(user: User, base: str) -> str:
    """Return the single-use link that lets ``user`` choose a new password."""
    key = allauth_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    uid = user_pk_to_url_str(user)
    return base + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})


def send_password_reset(user: User, *, base: str) -> None:
    """Send the letter with the link that lets ``user`` choose a new password."""
    if not user.is_active or not user.email:
        return
    with translation.override(user.language or Organisation.load().language):
        send(
            "password_reset",
            subject=_("Choose a new password for Artel"),
            to=user.email,
            context={"user": user, "link": reset_address(user, base), "base": base},
        )


# What concerns the safety of an account

#: Name of a notice → what its letter says.
NOTICES = {
    "new_device": (
        gettext_lazy("A new device signed in to your account"),
        gettext_lazy("Somebody, probably you, signed in on a device that was not used before."),
    ),
    "factor_added": (
        gettext_lazy("Second factor set up"),
        gettext_lazy("From now on signing in to your account asks for a code beside the password."),
    ),
    "factor_removed": (
        gettext_lazy("Second factor removed"),
        gettext_lazy("Signing in to your account asks for the password alone again."),
    ),
    "factor_reset": (
        gettext_lazy("An administrator reset your second factor"),
        gettext_lazy(
            "You were signed out everywhere. Sign in with your password and set up the second factor again."
        ),
    ),
    "new_codes": (
        gettext_lazy("New recovery codes"),
        gettext_lazy("New recovery codes were made for your account; the earlier ones are void."),
    ),
    "recovery_used": (
        gettext_lazy("A recovery code was used"),
        gettext_lazy("Somebody, probably you, signed in with a recovery code. It can't be used again."),
    ),
    "password_changed": (
        gettext_lazy("Your password was changed"),
        gettext_lazy("The password of your account was changed, and other sessions ended."),
    ),
}


def tell(user: User, notice: str, *, at: datetime, base: str, **facts: str) -> None:
    """Write to ``user`` about something that happened to their account."""
    if user.email and user.is_active:
        post(NOTICE, key=f"{user.pk}:{notice}", at=at, base=base, facts=facts)


def send_notice(user: User, notice: str, *, at: datetime, base: str, facts: dict[str, str]) -> None:
    """Send the letter about what happened to the account of ``user``."""
    subject, text = NOTICES[notice]
    zone = user.time_zone or Organisation.load().time_zone
    with translation.override(user.language or Organisation.load().language), timezone.override(zone):
        send(
            "notice",
            subject=str(subject),
            to=user.email,
            context={"user": user, "text": text, "at": at, "facts": facts, "link": base + SECURITY_PAGE},
        )


def send(
    name: str, *, subject: str, to: str, context: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    """Render ``mail/<name>.txt`` and ``.html`` in the active language and send them."""
    context = {**context, "subject": subject, "language": translation.get_language()}
    letter = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"mail/{name}.txt", context).strip() + "\n",
        to=[to],
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
    )
    letter.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    letter.send()
