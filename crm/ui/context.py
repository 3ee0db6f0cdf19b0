"""What every page's frame needs: navigation, how this person likes it to look, our scripts' addresses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from crm.identity.models import Organisation, Theme
from crm.ui.navigation import Entry, Group, NavItem, bottom_bar, nav

if TYPE_CHECKING:
    from django.http import HttpRequest


class Frame:
    """The frame around a page, for one request. Nothing is read before a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user: Any = getattr(request, "user", None)

    @property
    def is_known(self) -> bool:
        """Whether somebody is signed in."""
        return bool(self.user is not None and self.user.is_authenticated)

    @property
    def theme(self) -> str:
        """What the person chose: auto, light or dark."""
        return str(self.user.theme) if self.is_known else Theme.AUTO.value

    @property
    def painted(self) -> str:
        """What the server paints; "auto" is settled by the browser before the first stroke."""
        return "dark" if self.theme == Theme.DARK else "light"

    @property
    def density(self) -> str:
        return str(self.user.density) if self.is_known else "comfortable"

    @property
    def language(self) -> str:
        return get_language() or "en"

    @property
    def is_slim(self) -> bool:
        """Whether the side navigation is folded to its icons."""
        return bool(self.is_known and self.user.preferences.get("nav") == "slim")

    @cached_property
    def groups(self) -> list[Group]:
        return nav.groups(self.user, self.request.path) if self.is_known else []

    @cached_property
    def bottom(self) -> list[Entry]:
        return bottom_bar(self.groups)

    @cached_property
    def creations(self) -> list[tuple[NavItem, str]]:
        return nav.creations(self.user) if self.is_known else []

    @cached_property
    def organisation(self) -> Organisation:
        return Organisation.load()


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``frame`` in every template."""
    return {"frame": Frame(request)}
