"""Who may open the administration pages."""

from __future__ import annotations

from typing import Any

ADMINISTRATOR = "administrator"


def may_administer(user: Any) -> bool:
    """Tell whether ``user`` runs the company: root, or somebody with the role of an administrator."""
    if not getattr(user, "is_active", False) or user.pk is None:
        return False
    if user.is_superuser or user.is_staff:
        return True
    known: bool | None = getattr(user, "_may_administer", None)
    if known is None:
        known = user.roles.filter(key=ADMINISTRATOR).exists()
        user._may_administer = known
    return known
