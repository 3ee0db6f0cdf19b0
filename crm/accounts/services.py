"""People's accounts: made, changed, switched off; by the admin, an import or an invitation.

Accounts are no records (nobody owns one), but they are written the same way: in sets,
by one service, with an event each, so that every door obeys the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from crm.accounts import events, limits, sessions
from crm.accounts.fields import OWN, SECRET, VIRTUAL
from crm.accounts.models import Invitation
from crm.accounts.rights import USERS, may_manage_users
from crm.accounts.teams import Place, place_all
from crm.accounts.usernames import username_from
from crm.identity import access
from crm.identity.access import access_for
from crm.identity.models import Role, User
from crm.records.drafts import Draft, RecordErrors, WriteContext
from crm.records.events import Happening, emit_many
from crm.records.journal import JournalWriter
from crm.ui.admin.rights import ADMINISTRATOR

if TYPE_CHECKING:
    from datetime import datetime

    from crm.records.models import Job

UserDraft = Draft[Any]
REP, MANAGER = "sales_rep", "sales_manager"


class UserService:
    """Writes users. Stateless: one instance serves the whole process."""

    model = User

    def create(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        actor: User | None,
        at: datetime,
        via: str = "page",
        job: Job | None = None,
        partial: bool = False,
    ) -> list[UserDraft]:
        """Make users from ``rows``; without a user name one is made from the name or e-mail.

        Raises:
            RecordErrors: when a row is refused and ``partial`` is off; then nothing is written.
        """
        ctx = context(actor, at, via, job)
        drafts = [UserDraft(record=User(date_joined=at), changes=dict(row), is_new=True) for row in rows]
        check_rights(drafts, ctx, "import" if via == "import" else "add")
        with transaction.atomic():
            for draft in drafts:
                fill(draft)
                draft.record.set_unusable_password()
            name_all(drafts)
            self._write(drafts, ctx, partial=partial)
        return drafts

    def update(
        self,
        records: Iterable[User],
        changes: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        actor: User | None,
        at: datetime,
        via: str = "page",
        job: Job | None = None,
        partial: bool = False,
    ) -> list[UserDraft]:
        """Change users: all alike, or each by its own mapping.

        Raises:
            RecordErrors: when a change is refused and ``partial`` is off; then nothing is written.
        """
        ctx = context(actor, at, via, job)
        ids = [user.pk for user in records]
        each = [changes] * len(ids) if isinstance(changes, Mapping) else list(changes)
        with transaction.atomic():
            locked = User.objects.select_for_update(of=("self",)).in_bulk(ids)
            drafts = [
                UserDraft(record=locked[pk], changes=dict(one))
                for pk, one in zip(ids, each, strict=True)
                if pk in locked
            ]
            for draft in drafts:
                draft.remember()
            check_rights(drafts, ctx, "change")
            for draft in drafts:
                fill(draft)
                check_self_harm(draft, ctx)
            self._write(drafts, ctx, partial=partial)
        return drafts

    def _write(self, drafts: Sequence[UserDraft], ctx: WriteContext, *, partial: bool) -> None:
        good = validated(drafts, partial=partial)
        for draft in good:
            save(draft, ctx)
        give_roles(good, ctx)
        put_into_teams(good, ctx)
        finish(good, ctx)
        ctx.journal.flush()
        if any(draft.outcome in ("created", "updated") for draft in good):
            access.changed()


service = UserService()


def set_active(*, users: Iterable[User], active: bool, actor: User | None, at: datetime) -> list[UserDraft]:
    """Switch accounts on or off; who is switched off is signed out everywhere at once."""
    return service.update(users, {"is_active": active}, actor=actor, at=at, via="admin")


@transaction.atomic
def change_password(*, user: User, password: str, actor: User | None, at: datetime) -> None:
    """Set a new password; all other sessions of ``user`` end by it."""
    user.set_password(password)
    user.save(update_fields=["password"])
    emit_many(
        [Happening(events.PASSWORD_CHANGED, events.user_ref(user.pk), str(user), at)],
        actor=actor,
    )


@transaction.atomic
def update_profile(*, user: User, changes: Mapping[str, Any], at: datetime) -> bool:
    """Change what a person sets for themself; tell colleagues' history only what concerns them."""
    draft = UserDraft(record=User.objects.select_for_update().get(pk=user.pk), changes=dict(changes))
    draft.remember()
    for name, value in changes.items():
        setattr(draft.record, name, value)
    if not draft.settle():
        return False
    draft.record.save(update_fields=list(changes))
    told = {
        name: value
        for name, value in changes_of(draft).items()
        if name in ("full_name", "job_title", "phone")
    }
    if told:
        happening = Happening(
            events.USER_UPDATED, events.user_ref(user.pk), str(draft.record), at, {"changes": told}
        )
        emit_many([happening], actor=user)
    user.refresh_from_db()
    return True


# The steps of a write.


def context(actor: User | None, at: datetime, via: str, job: Job | None) -> WriteContext:
    """Say who writes, when, and through which door."""
    own = access_for(actor) if actor else None
    return WriteContext(actor=actor, at=at, via=via, job=job, access=own, journal=JournalWriter(job))


def check_rights(drafts: Sequence[UserDraft], ctx: WriteContext, action: str) -> None:
    """Refuse what is not the actor's to do; only root touches root."""
    if ctx.access is None or ctx.access.is_root:
        return
    allowed = ctx.access.can(USERS, action) or may_manage_users(ctx.actor)
    for draft in drafts:
        if not allowed:
            draft.error("__all__", _("Only administrators may do this."), code="forbidden")
        elif draft.record.is_superuser or "is_superuser" in draft.changes:
            draft.error("__all__", _("Only a superuser may change a superuser."), code="forbidden")
        elif limits.gives_more(draft, ctx):
            draft.error("roles", _("You can't give a role that allows more than you may."), code="forbidden")


def fill(draft: UserDraft) -> None:
    """Put the wanted values on the user, and what follows from them."""
    for name, value in draft.changes.items():
        if name in OWN:
            setattr(draft.record, name, value.strip() if isinstance(value, str) else value)
        elif name not in VIRTUAL:
            draft.error(name, _("There is no field of this name that could be written."), code="unknown")
    if draft.is_new and draft.changes.get("is_active") is None:
        draft.record.is_active = bool(draft.record.email)


def name_all(drafts: Sequence[UserDraft]) -> None:
    """Make user names for those who have none, each different."""
    nameless = [draft for draft in drafts if not draft.record.username]
    if not nameless:
        return
    taken = set(User.objects.values_list(Lower("username"), flat=True))
    taken.update(draft.record.username.lower() for draft in drafts)
    for draft in nameless:
        user = draft.record
        user.username = username_from(user.full_name or user.email, taken)
        taken.add(user.username)


def check_self_harm(draft: UserDraft, ctx: WriteContext) -> None:
    """Refuse to lock the door from outside: oneself, or the last superuser."""
    user = draft.record
    if ctx.actor is not None and user.pk == ctx.actor.pk and not user.is_active:
        draft.error("is_active", _("You can't switch off your own account."), code="self")
    was_root = draft.snapshot.get("is_superuser") and draft.snapshot.get("is_active")
    if was_root and not (user.is_superuser and user.is_active):
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
        if not others.exists():
            draft.error("__all__", _("The last superuser has to stay."), code="last")
            return
    if limits.leaves_nobody(draft):
        draft.error("__all__", _("Somebody has to stay who may administer."), code="last")


def validated(drafts: Sequence[UserDraft], *, partial: bool) -> list[UserDraft]:
    """Check every draft; return those without errors."""
    emails: set[str] = set()
    for draft in drafts:
        if draft.errors:
            continue
        try:
            draft.record.full_clean(exclude=["password"])
        except ValidationError as refused:
            draft.take(refused)
        email = draft.record.email.lower()
        if email and email in emails:
            draft.error("email", _("Two rows have this e-mail."), code="unique")
        emails.add(email)
    if not partial and any(draft.errors for draft in drafts):
        raise RecordErrors(drafts)
    return [draft for draft in drafts if not draft.errors]


def save(draft: UserDraft, ctx: WriteContext) -> None:
    """Write the user's own row."""
    if draft.is_new:
        draft.record.save(force_insert=True)
        ctx.journal.created(draft.record)
        draft.outcome = "created"
        return
    if draft.settle():
        draft.record.save(update_fields=list(draft.before))
        ctx.journal.changed(draft.record, draft.before)
        draft.outcome = "updated"
    if "email" in draft.before:
        # The library's copy of the old address must open nothing any more.
        EmailAddress.objects.filter(user=draft.record).delete()
    if draft.before.get("is_active"):
        sessions.end_sessions(draft.record)
        Invitation.objects.filter(user=draft.record, accepted_at=None).update(revoked_at=ctx.at)


def give_roles(drafts: Sequence[UserDraft], ctx: WriteContext) -> None:
    """Set or add roles, and open the admin to administrators."""
    roles = {role.key: role for role in Role.objects.all()}
    for draft in drafts:
        wanted = wanted_roles(draft, roles, ctx)
        if wanted is None:
            continue
        user: User = draft.record
        before = set(user.roles.all())
        if before != wanted:
            user.roles.set(wanted)
            draft.notes["roles"] = (names_of(before), names_of(wanted))
        staff = any(role.key == ADMINISTRATOR for role in wanted) or user.is_superuser
        if user.is_staff != staff:
            user.is_staff = staff
            user.save(update_fields=["is_staff"])


def wanted_roles(draft: UserDraft, roles: Mapping[str, Role], ctx: WriteContext) -> set[Role] | None:
    """Return the roles a draft asks for; None when it does not speak of roles."""
    if "roles" in draft.changes:
        return set(draft.changes["roles"])
    key = draft.changes.get("role")
    if not key and draft.is_new and ctx.via == "import":
        placed = draft.changes.get("team") or draft.changes.get("manager")
        key = REP if placed else None
    role = key if isinstance(key, Role) else roles.get(str(key or ""))
    if role is None:
        return {*draft.record.roles.all()} if "is_superuser" in draft.changes else None
    return {*draft.record.roles.all(), role}


def put_into_teams(drafts: Sequence[UserDraft], ctx: WriteContext) -> None:
    """Place those whose draft names a team or a manager."""
    placed = [draft for draft in drafts if draft.changes.get("team") or draft.changes.get("manager")]
    if not placed:
        return
    managers = find_or_make_managers([str(draft.changes.get("manager") or "") for draft in placed], ctx)
    places = [
        Place(
            user=draft.record,
            team=str(draft.changes.get("team") or ""),
            manager=managers.get(str(draft.changes.get("manager") or "").strip().casefold()),
        )
        for draft in placed
    ]
    moved = place_all(places, ctx)
    for draft in placed:
        if draft.record.pk in moved:
            draft.notes["team"] = moved[draft.record.pk]


def find_or_make_managers(names: Sequence[str], ctx: WriteContext) -> dict[str, User]:
    """Return the managers by name, user name or e-mail; unknown ones become inactive users."""
    wanted = {name.strip().casefold(): name.strip() for name in names if name.strip()}
    found = find_users(list(wanted))
    missing = [name for key, name in wanted.items() if key not in found]
    if missing:
        rows = [{"full_name": name, "role": MANAGER, "is_active": False} for name in missing]
        made = service.create(rows, actor=None, at=ctx.at, via=ctx.via, job=ctx.job)
        found.update({draft.record.full_name.casefold(): draft.record for draft in made})
    return found


def find_users(names: Sequence[str]) -> dict[str, User]:
    """Return users by full name, user name or e-mail in lower case; an ambiguous name is nobody."""
    found: dict[str, User] = {}
    for column in ("full_name", "email", "username"):
        rows = User.objects.annotate(_key=Lower(column)).filter(_key__in=[name.lower() for name in names])
        seen: dict[str, list[User]] = {}
        for user in rows.order_by("pk"):
            seen.setdefault(str(getattr(user, column)).casefold(), []).append(user)
        found.update({key: users[0] for key, users in seen.items() if len(users) == 1})
    return found


def finish(drafts: Sequence[UserDraft], ctx: WriteContext) -> None:
    """Tell one event per user that changed."""
    happenings = []
    for draft in drafts:
        changes = changes_of(draft)
        if not draft.is_new and not changes:
            continue
        draft.outcome = "created" if draft.is_new else "updated"
        data: dict[str, Any] = {} if draft.is_new else {"changes": changes}
        if draft.is_new and draft.notes:
            data = {name: new for name, (_old, new) in draft.notes.items()}
        happenings.append(
            Happening(
                event_of(draft, changes), events.user_ref(draft.record.pk), str(draft.record), ctx.at, data
            )
        )
    emit_many(happenings, actor=ctx.actor, via=ctx.via, job=ctx.job)


def event_of(draft: UserDraft, changes: Mapping[str, Any]) -> str:
    """Name what happened: switching on or off is news of its own."""
    if draft.is_new:
        return events.USER_CREATED
    if "is_active" in changes:
        return events.USER_ACTIVATED if draft.record.is_active else events.USER_DEACTIVATED
    return events.USER_UPDATED


def changes_of(draft: UserDraft) -> dict[str, dict[str, Any]]:
    """Return {field: {"old", "new"}} of what may be told."""
    changes = {
        name: {"old": old, "new": getattr(draft.record, name)}
        for name, old in draft.before.items()
        if name not in SECRET
    }
    changes.update({name: {"old": old, "new": new} for name, (old, new) in draft.notes.items()})
    return changes


def names_of(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(str(role) for role in roles))
