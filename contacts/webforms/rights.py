"""Who builds web forms."""

from __future__ import annotations

from typing import Any

from contacts.models import Person
from crm.identity.access import access_for
from crm.identity.scopes import Scope


def may_build(user: Any) -> bool:
    """Tell whether a person may build forms: who changes all people, such as a marketer."""
    access = access_for(user)
    return access.is_root or access.scope(Person, "change") is Scope.ALL
