"""Users as something that can be imported, beside the declared record types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.accounts.events import USER_TYPE_ID
from crm.accounts.fields import user_fields
from crm.accounts.rights import USERS
from crm.accounts.services import service
from crm.identity.models import User
from crm.records.importing.references import Finder, find_users, register_finder
from crm.records.importing.targets import Profile, Target, Writing, fold, register_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.fields import Field


def make_owners(texts: Sequence[str], writing: Writing) -> dict[str, int]:
    """Make accounts for people whom a file only names: records may be theirs, nobody can sign in as them.

    Whoever may import the records may do this, so the rights over users are not asked.
    """
    rows = [{"full_name": text[:200], "is_active": False} for text in texts]
    drafts = service.create(rows, actor=None, at=writing.at, via="import", job=writing.job)
    return {fold(text): draft.record.pk for text, draft in zip(texts, drafts, strict=True)}


class UserTarget(Target):
    """People who work here: agents, managers, their offices as teams."""

    def __init__(self) -> None:
        super().__init__(User, slug="users", key=USERS)
        self.type_id = USER_TYPE_ID
        register_finder(USERS, lambda: Finder(find_users, make_owners))
        register_profile(USERS, Profile(keys=(("username",), ("email",), ("full_name",))))

    def own_fields(self) -> dict[str, Field]:
        return user_fields()

    def create(self, rows: Sequence[Mapping[str, Any]], writing: Writing) -> list[Any]:
        return service.create(
            rows, actor=writing.actor, at=writing.at, via="import", job=writing.job, partial=True
        )

    def update(
        self, records: Sequence[Any], changes: Sequence[Mapping[str, Any]], writing: Writing
    ) -> list[Any]:
        return service.update(
            records, changes, actor=writing.actor, at=writing.at, via="import", job=writing.job, partial=True
        )
