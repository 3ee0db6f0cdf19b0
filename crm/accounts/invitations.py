"""Inviting colleagues: the account waits, switched off, until its owner chooses a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from crm.accounts import events, letters
from crm.accounts.models import INVITATION_LASTS, Invitation, new_nonce
from crm.accounts.services import service
from crm.identity.models import Role, User
from crm.records.drafts import Draft, RecordErrors
from crm.records.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class InvitationClosed(Exception):
    """The link was used, withdrawn, replaced, or is too old."""


@transaction.atomic
def invite_user(
    *,
    email: str,
    actor: User | None,
    at: datetime,
    base: str,
    full_name: str = "",
    roles: Iterable[Role] = (),
    team: str = "",
    language: str = "",
) -> Invitation:
    """Make an account for ``email``, switched off, and send its owner a link.

    Raises:
        RecordErrors: when somebody active has this address, or the actor may not invite.
    """
    known = User.objects.filter(email__iexact=email).first()
    values = {"full_name": full_name, "language": language, "team": team, "roles": list(roles)}
    given = {name: value for name, value in values.items() if value}
    if known is None:
        row = {**given, "email": email, "is_active": False}
        user: User = service.create([row], actor=actor, at=at)[0].record
    elif known.is_active:
        draft: Draft[User] = Draft(record=known)  # type: ignore[type-var]
        draft.error("email", _("Somebody with this e-mail works here already."), code="unique")
        raise RecordErrors([draft])
    else:
        user = service.update([known], given, actor=actor, at=at)[0].record
    return send_invitations(users=[user], actor=actor, at=at, base=base)[0]


@transaction.atomic
def send_invitations(
    *, users: Iterable[User], actor: User | None, at: datetime, base: str
) -> list[Invitation]:
    """Invite people whose accounts exist but are switched off; earlier links become void."""
    made = []
    for user in users:
        if (user.is_active and user.has_usable_password()) or not user.email:
            continue
        Invitation.objects.filter(user=user).open(at).update(revoked_at=at)
        invitation = Invitation.objects.create(
            user=user, email=user.email, invited_by=actor, created_at=at, expires_at=at + INVITATION_LASTS
        )
        emit(
            events.USER_INVITED,
            ref=events.user_ref(user.pk),
            title=str(user),
            actor=actor,
            at=at,
            data={"email": user.email},
        )
        letters.post(letters.INVITATION, key=invitation.pk, at=at, base=base)
        made.append(invitation)
    return made


@transaction.atomic
def resend(*, invitation: Invitation, at: datetime, base: str) -> None:
    """Send a fresh link, valid for a week; the old one is void."""
    invitation.nonce = new_nonce()
    invitation.expires_at = at + INVITATION_LASTS
    invitation.revoked_at = None
    invitation.save(update_fields=["nonce", "expires_at", "revoked_at"])
    letters.post(letters.INVITATION, key=invitation.pk, at=at, base=base)


@transaction.atomic
def revoke(*, invitation: Invitation, at: datetime) -> None:
    """Make the link of an invitation void."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(revoked_at=at)


@transaction.atomic
def accept(
    *,
    invitation: Invitation,
    full_name: str,
    password: str,
    language: str,
    time_zone: str,
    at: datetime,
) -> User:
    """Open the account of an invited colleague with the password of their choice.

    Raises:
        InvitationClosed: when the link was used meanwhile, withdrawn, or is too old.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if not invitation.is_open(at):
        raise InvitationClosed
    user = User.objects.select_for_update().get(pk=invitation.user_id)
    user.full_name, user.language, user.time_zone = full_name, language, time_zone
    user.is_active = True
    user.set_password(password)
    user.save(update_fields=["full_name", "language", "time_zone", "is_active", "password"])
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    emit(events.USER_JOINED, ref=events.user_ref(user.pk), title=str(user), actor=user, at=at)
    return user
