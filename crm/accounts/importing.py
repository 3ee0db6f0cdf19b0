"""Users as something that can be imported, beside the declared record types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.accounts.events import USER_TYPE_ID
from crm.accounts.fields import user_fields
from crm.accounts.rights import USERS
from crm.accounts.services import service
from crm.identity.models import User
from crm.records.importing.targets import Profile, Target, Writing, register_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.fields import Field


class UserTarget(Target):
    """People who work here: agents, managers, their offices as teams."""

    def __init__(self) -> None:
        super().__init__(User, slug="users", key=USERS)
        self.type_id = USER_TYPE_ID
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
