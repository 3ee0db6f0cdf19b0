"""What the frame leads to: entries that apps register, shown to those who may open them.

``nav.register(NavItem(...))`` is called from ``AppConfig.ready``. The side navigation, the
phone's bottom bar, the "+" menu, the keys after ``g`` and the palette all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache as cache_calls
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from crm.identity.access import Access, access_for
from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.utils.functional import Promise

#: In the order of the navigation; the first group has no heading.
GROUPS: dict[str, str | Promise] = {
    "home": "",
    "contacts": _("Contacts"),
    "sales": _("Sales"),
    "support": _("Support"),
    "marketing": _("Marketing"),
    "reports": _("Figures"),
    "data": _("Data"),
}
KEEP_COUNTS = 60


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place to go.

    ``permission`` is the key of a record type that one must be able to see, or a test of the
    user. ``count`` tells how much waits for this person; leave it out where nothing calls for
    action. ``quick`` names the address of a short form for the "+" menu. ``bottom`` is the
    place in the phone's bar (1 to 4), ``shortcut`` the letter after ``g``.
    """

    key: str
    label: str | Promise
    url_name: str
    icon: str
    group: str = "home"
    permission: str | Callable[[Any], bool] = ""
    count: Callable[[Any], int] | None = None
    order: int = 50
    shortcut: str = ""
    quick: str = ""
    quick_label: str | Promise = ""
    bottom: int = 0

    @property
    def url(self) -> str:
        """The address; empty while its app is not there."""
        return address(self.url_name)

    def is_open_to(self, user: Any, access: Access) -> bool:
        """Tell whether this person may open it."""
        if callable(self.permission):
            return self.permission(user)
        if not self.permission or access.can(self.permission, "view"):
            return True
        try:
            model = registry.by_key(self.permission).model
        except KeyError:
            return False
        return bool(access.shared(model, "view"))

    def may_create(self, access: Access) -> bool:
        """Tell whether the "+" menu offers it."""
        if not self.quick or not address(self.quick):
            return False
        return not isinstance(self.permission, str) or access.can(self.permission, "add")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as one person sees it now."""

    item: NavItem
    url: str
    is_active: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its entries."""

    key: str
    label: str | Promise
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        return any(entry.is_active for entry in self.entries)


class Navigation:
    """Every registered item."""

    def __init__(self) -> None:
        self._items: dict[str, NavItem] = {}

    def register(self, item: NavItem) -> None:
        """Add one place to go; the same key again replaces it."""
        self._items[item.key] = item

    def items(self, user: Any) -> list[NavItem]:
        """Return what this person may open, in order."""
        access = access_for(user)
        groups = list(GROUPS)
        found = [item for item in self._items.values() if item.url and item.is_open_to(user, access)]
        return sorted(found, key=lambda item: (groups.index(item.group), item.order, item.key))

    def groups(self, user: Any, path: str) -> list[Group]:
        """Return the navigation as this person sees it on the page at ``path``."""
        items = self.items(user)
        active = active_item(items, path)
        counts = counts_of(items, user)
        found = {key: Group(key, label) for key, label in GROUPS.items()}
        for item in items:
            entry = Entry(item, item.url, item is active, counts.get(item.key, 0))
            found[item.group].entries.append(entry)
        return [group for group in found.values() if group.entries]

    def creations(self, user: Any) -> list[tuple[NavItem, str]]:
        """Return what the "+" menu offers, each with the address of its short form."""
        access = access_for(user)
        return [(item, address(item.quick)) for item in self.items(user) if item.may_create(access)]


@cache_calls
def address(url_name: str) -> str:
    """Return the address of a named page; empty when there is none."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def active_item(items: Iterable[NavItem], path: str) -> NavItem | None:
    """Return the item whose address begins the path, the longest one."""
    found = [item for item in items if path == item.url or (item.url != "/" and path.startswith(item.url))]
    return max(found, key=lambda item: len(item.url), default=None)


def bottom_bar(groups: Iterable[Group]) -> list[Entry]:
    """Return the four entries of the phone's bar."""
    entries = [entry for group in groups for entry in group.entries]
    placed = sorted((entry for entry in entries if entry.item.bottom), key=lambda entry: entry.item.bottom)
    rest = [entry for entry in entries if not entry.item.bottom]
    return [*placed, *rest][:4]


def counts_of(items: Iterable[NavItem], user: Any) -> dict[str, int]:
    """Return how much waits at each item, remembered for a minute."""
    counted = [item for item in items if item.count is not None]
    keys = {f"nav:{access_for(user).stamp}:{item.key}": item for item in counted}
    known: dict[str, int] = cache.get_many(keys) if keys else {}
    fresh = {key: item.count(user) for key, item in keys.items() if key not in known and item.count}
    if fresh:
        cache.set_many(fresh, KEEP_COUNTS)
    return {item.key: {**known, **fresh}.get(key, 0) for key, item in keys.items()}


def forget_count(key: str, user: Any) -> None:
    """Have the count of an item read anew for ``user``, who has just changed it."""
    cache.delete(f"nav:{access_for(user).stamp}:{key}")


nav = Navigation()
register = nav.register
