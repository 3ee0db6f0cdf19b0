"""What every page's frame needs: navigation, how this person likes it to look, our scripts' addresses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from crm.identity.models import Organisation, Theme
from crm.ui.navigation import Entry, Group, NavItem, bottom_bar, nav
from crm.ui.printed import printed

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from django.http import HttpRequest
    from django.utils.safestring import SafeString


class Frame:
    """The frame around a page, for one request. Nothing is read before a template asks.

    Its five pieces are drawn once for each key (``crm.ui.printed``): whatever a piece shows
    beside the language must be told by its key, or it will show what somebody else saw.
    """

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

    # The pieces

    @property
    def head_piece(self) -> SafeString:
        return self._printed("head", ())

    @property
    def nav_piece(self) -> SafeString:
        entries = (entry for group in self.groups for entry in group.entries)
        return self._printed("nav", (self._who.is_staff, self.organisation.called, shown(entries)))

    @property
    def topbar_piece(self) -> SafeString:
        who = self._who
        says = (who.pk, str(who), who.job_title, who.email, str(who.photo), who.is_staff)
        looks = (self.theme, self.density)
        return self._printed("topbar", (*says, *looks, tuple(url for _item, url in self.creations)))

    @property
    def bottom_piece(self) -> SafeString:
        return self._printed("bottom", shown(self.bottom))

    @property
    def layers_piece(self) -> SafeString:
        places = tuple(entry.item.key for group in self.groups for entry in group.entries)
        return self._printed("layers", places)

    @property
    def _who(self) -> Any:
        return self.user if self.is_known else Nobody()

    def _printed(self, name: str, key: Hashable) -> SafeString:
        context = {"frame": self, "user": self.user, "LANGUAGE_CODE": self.language}
        return printed(f"ui/frame/{name}.html", key, context, self.request)


class Nobody:
    """What a guest's frame says of the person."""

    pk = None
    job_title = email = photo = ""
    is_staff = False

    def __str__(self) -> str:
        return ""


def shown(entries: Iterable[Entry]) -> tuple[Hashable, ...]:
    """Return what the navigation shows of its entries."""
    return tuple((entry.item.key, entry.is_active, entry.count) for entry in entries)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``frame`` in every template."""
    return {"frame": Frame(request)}
