"""Second factors: what the sign-in library asks us about them, and their reset by an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.accounts import events, letters, sessions
from crm.accounts.models import Outcome, SignIn
from crm.accounts.policy import KINDS, has_factor, needs_factor
from crm.identity.models import Organisation
from crm.lib import crypto
from crm.records.drafts import Draft, RecordErrors
from crm.records.events import emit

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from crm.identity.models import User

#: So few unused recovery codes call for new ones.
FEW_CODES = 3
#: What the library calls its letters → (event, line of the log, our notice).
TOLD = {
    "mfa/email/totp_activated": (events.FACTOR_ADDED, Outcome.FACTOR_ADDED, "factor_added"),
    "mfa/email/totp_deactivated": (events.FACTOR_REMOVED, Outcome.FACTOR_GONE, "factor_removed"),
    "mfa/email/recovery_codes_generated": (events.RECOVERY_CODES_MADE, Outcome.NEW_CODES, "new_codes"),
}


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keys rest encrypted; what the policy requires is not removed."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "This code is wrong, or was used already. "
            "Wait for the next one and see that your phone’s clock is right."
        ),
        "cannot_delete_authenticator": gettext_lazy(
            "Your administrator requires a second factor, so it can’t be removed. "
            "To set it up on another phone, ask them to reset it."
        ),
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Return the name under which a phone files the account."""
        return f"Artel · {Organisation.load().called}"

    def get_totp_label(self, user: User) -> str:
        return user.username

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Let nobody remove what the policy requires of them, unless another stays."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=KINDS)
        return not needs_factor(authenticator.user) or others.exclude(pk=authenticator.pk).exists()


def tell_change(request: HttpRequest, letter: str, user: User, *, at: datetime) -> None:
    """Log a change of a second factor, and tell the owner; other letters of the library are not ours."""
    if letter in TOLD:
        event, outcome, notice = TOLD[letter]
        note(request, user, event=event, outcome=outcome, notice=notice, at=at)


def note(
    request: HttpRequest, user: User, *, event: str, outcome: Outcome, notice: str, at: datetime
) -> None:
    """Write down a change of somebody's second factor in all three places: events, log, letter."""
    emit(event, ref=events.user_ref(user.pk), title=str(user), actor=user, at=at)
    line = sessions.note_sign_in(
        request, outcome=outcome, at=at, ip=sessions.address_of(request) or "", user=user
    )
    letters.tell(user, notice, at=at, base=letters.base_address(request), **facts_of(line))


def facts_of(line: SignIn) -> dict[str, str]:
    """Return what a letter says of where something was done."""
    return {"device": line.device, "address": line.ip or ""}


def rename(*, authenticator: Authenticator, name: str) -> None:
    """Give a second factor a name by which its owner knows it: "my phone"."""
    authenticator.data = {**authenticator.data, "name": name}
    authenticator.save(update_fields=["data"])


def codes_left(user: User) -> int:
    """Return how many recovery codes ``user`` has not used up."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(found.wrap().get_unused_codes()) if found else 0


@transaction.atomic
def reset_factor(*, user: User, actor: User, at: datetime, base: str) -> bool:
    """Take away the second factor of somebody who has lost it, end their sessions, and tell them.

    Raises:
        RecordErrors: when ``actor`` may not: only a superuser resets a superuser, nobody resets oneself.
    """
    if user.pk == actor.pk or (user.is_superuser and not actor.is_superuser):
        draft: Draft[Any] = Draft(record=user)
        draft.error("__all__", _("You can't reset the second factor of this account."), code="forbidden")
        raise RecordErrors([draft])
    if not has_factor(user):
        return False
    Authenticator.objects.filter(user=user).delete()
    sessions.end_sessions(user)
    emit(events.FACTOR_RESET, ref=events.user_ref(user.pk), title=str(user), actor=actor, at=at, via="admin")
    SignIn.objects.create(user=user, name=user.username, outcome=Outcome.FACTOR_GONE, at=at)
    letters.tell(user, "factor_reset", at=at, base=base, actor=str(actor))
    return True


def rotate() -> int:
    """Encrypt all keys of second factors anew."""
    rows = list(Authenticator.objects.select_for_update())
    for row in rows:
        row.data = {
            name: crypto.rotate(value) if name in ("secret", "seed") else value
            for name, value in row.data.items()
        }
        row.save(update_fields=["data"])
    return len(rows)
