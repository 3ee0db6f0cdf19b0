"""Signing in to mailboxes with Google and Microsoft: permission once, then short-lived tokens.

Tokens rest encrypted in the mailbox. Whoever needs one asks ``access_token``, which renews it
shortly before it ends; two that renew at once wait for each other, so that none overwrites a newer one.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib import outbound
from crm.mail.models import Mailbox
from crm.mail.syncing.errors import CannotConnect, CannotSignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

SALT = "crm.mail.oauth"
#: So long a person may take to give the permission.
STATE_SECONDS = 3600
#: A token that ends this soon is renewed first.
MARGIN = timedelta(minutes=5)
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def is_set_up(provider: str) -> bool:
    """Tell whether the installation has a name at this provider."""
    known = settings.MAIL_OAUTH.get(provider, {})
    return bool(known.get("client_id") and known.get("client_secret"))


def permission_url(provider: str, *, mailbox: Mailbox, user_id: int, redirect: str) -> str:
    """Return where a person gives the permission to read this mailbox."""
    known: dict[str, Any] = settings.MAIL_OAUTH[provider]
    state = signing.dumps({"mailbox": mailbox.pk, "user": user_id, "provider": provider}, salt=SALT)
    asked = {
        "client_id": known["client_id"],
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": known["scope"],
        "state": state,
        "login_hint": mailbox.address,
        "code_challenge": _challenge(state),
        "code_challenge_method": "S256",
        **known["extra"],
    }
    return f"{known['authorize']}?{urlencode(asked)}"


def read_state(state: str) -> dict[str, Any]:
    """Return what was asked, when the provider sends the person back.

    Raises:
        signing.BadSignature: when it is not ours, or too old.
    """
    found: dict[str, Any] = signing.loads(state, salt=SALT, max_age=STATE_SECONDS)
    return found


def exchange(*, mailbox: Mailbox, provider: str, code: str, state: str, redirect: str, at: datetime) -> None:
    """Turn the provider's code into tokens, and keep them."""
    known: dict[str, Any] = settings.MAIL_OAUTH[provider]
    answer = _ask(
        provider,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "code_verifier": _verifier(state),
        },
    )
    mailbox.auth = provider
    mailbox.keep_credentials(_tokens(answer, {}, at))
    mailbox.save(update_fields=["auth", "secret"])


def access_token(mailbox: Mailbox, at: datetime) -> str:
    """Return a token that is good for some minutes, renewed if need be.

    Raises:
        CannotSignIn: when the permission is gone and must be given anew.
    """
    kept = mailbox.credentials()
    if _is_good(kept, at):
        return str(kept["access_token"])
    with transaction.atomic():
        # Somebody else may be renewing it: then theirs is taken.
        row = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        kept = row.credentials()
        if not _is_good(kept, at):
            kept = _renewed(row, kept, at)
            row.keep_credentials(kept)
            row.save(update_fields=["secret"])
    mailbox.secret = row.secret
    return str(kept["access_token"])


def _is_good(kept: Mapping[str, Any], at: datetime) -> bool:
    ends = kept.get("ends")
    return bool(kept.get("access_token") and ends and datetime.fromisoformat(ends) > at + MARGIN)


def _renewed(mailbox: Mailbox, kept: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    if not kept.get("refresh_token"):
        raise CannotSignIn(_("The permission for this mailbox is missing. Sign in again."))
    known: dict[str, Any] = settings.MAIL_OAUTH[mailbox.auth]
    answer = _ask(
        mailbox.auth,
        {
            "grant_type": "refresh_token",
            "refresh_token": kept["refresh_token"],
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "scope": known["scope"],
        },
    )
    return _tokens(answer, kept, at)


def _tokens(answer: Mapping[str, Any], before: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    seconds = int(answer.get("expires_in") or 3600)
    return {
        "access_token": answer["access_token"],
        # Google gives it once; Microsoft a new one each time.
        "refresh_token": answer.get("refresh_token") or before.get("refresh_token", ""),
        "ends": (at + timedelta(seconds=seconds)).astimezone(UTC).isoformat(),
    }


def _ask(provider: str, given: Mapping[str, str]) -> dict[str, Any]:
    url = str(settings.MAIL_OAUTH[provider]["token"])
    try:
        answer = outbound.post(url, urlencode(given).encode(), FORM)
    except (outbound.Refused, outbound.Unreachable) as away:
        raise CannotConnect(_("The sign-in server can't be reached: %(error)s") % {"error": away}) from away
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = {}
    if answer.is_good and isinstance(found, dict) and found.get("access_token"):
        return found
    said = found.get("error_description") or found.get("error") if isinstance(found, dict) else ""
    if answer.status >= 500 or answer.status == 429:
        raise CannotConnect(_("The sign-in server answers with %(status)s.") % {"status": answer.status})
    text = _("The permission was refused: %(error)s. Sign in again.")
    raise CannotSignIn(text % {"error": " ".join(str(said or answer.status).split())[:200]})


def _verifier(state: str) -> str:
    """Return the secret half of PKCE: only this installation can make it from the state."""
    return signing.Signer(salt=f"{SALT}.verifier").signature(state).replace("=", "")[:86]


def _challenge(state: str) -> str:
    return urlsafe_b64encode(sha256(_verifier(state).encode()).digest()).decode().rstrip("=")
