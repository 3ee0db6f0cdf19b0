"""What workers do for accounts: letters, the demo company, forgetting old sign-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.utils import timezone
from django.utils.crypto import get_random_string

from crm.accounts import letters, sessions
from crm.accounts.models import Invitation
from crm.identity.models import User
from crm.records import due, jobs

if TYPE_CHECKING:
    from crm.records.models import DueRow, Job


@due.handler(letters.INVITATION)
def send_invitation(row: DueRow) -> None:
    """Send the letter of one invitation."""
    invitation = Invitation.objects.select_related("user", "invited_by").filter(pk=row.key).first()
    if invitation is not None:
        letters.send_invitation(invitation, base=row.payload["base"], at=timezone.now())


@due.handler(letters.PASSWORD_RESET)
def send_password_reset(row: DueRow) -> None:
    """Send the letter by which somebody chooses a new password."""
    user = User.objects.filter(pk=row.key).first()
    if user is not None:
        letters.send_password_reset(user, base=row.payload["base"])


@due.handler(letters.NOTICE)
def send_notice(row: DueRow) -> None:
    """Tell somebody what happened to their account."""
    pk, _mark, notice = row.key.partition(":")
    user = User.objects.filter(pk=pk, is_active=True).exclude(email="").first()
    if user is not None:
        letters.send_notice(
            user, notice, at=row.due_at, base=row.payload["base"], facts=row.payload.get("facts", {})
        )


@due.handler("accounts.nightly")
def nightly(row: DueRow) -> None:
    """Forget sign-ins of long ago."""
    sessions.forget_sign_ins(timezone.now())


@jobs.handler("demo")
def make_demo(job: Job) -> dict[str, Any]:
    """Fill an empty installation with the demo company; the result tells how to sign in as its people."""
    password = get_random_string(10)
    size = job.params.get("size", "small")
    call_command("demo", size=size, job=job.pk, password=password, verbosity=0)
    return {"users": "ann, bob, mia, eve", "password": password}
