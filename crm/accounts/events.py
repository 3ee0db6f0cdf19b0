"""How changes of people's accounts are called, and the number they are filed under."""

from __future__ import annotations

from crm.records.registry import Ref

#: Users are no declared record type; imports and events know them by this number.
USER_TYPE_ID = 90

USER_CREATED = "user.created"
USER_UPDATED = "user.updated"
USER_ACTIVATED = "user.activated"
USER_DEACTIVATED = "user.deactivated"
USER_INVITED = "user.invited"
USER_JOINED = "user.joined"
PASSWORD_CHANGED = "user.password_changed"
TOKEN_CREATED = "user.token_created"
TOKEN_REVOKED = "user.token_revoked"
FACTOR_ADDED = "user.factor_added"
FACTOR_REMOVED = "user.factor_removed"
FACTOR_RESET = "user.factor_reset"
RECOVERY_CODES_MADE = "user.recovery_codes_made"
SESSIONS_ENDED = "user.sessions_ended"
VIEW_STARTED = "user.view_started"
VIEW_ENDED = "user.view_ended"
TEAM_CREATED = "team.created"


def user_ref(pk: int) -> Ref:
    """Point at a user in events."""
    return Ref(USER_TYPE_ID, pk)
