"""How wide a person made the columns of a list: kept with their wishes, per type and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.ui.tables import Table

KEY = "widths"
NARROWEST, WIDEST = 48, 900
#: A column that was never pulled, in a list where others were.
USUAL = 160


def widths_of(user: Any, slug: str, table: Table) -> list[int]:
    """Return the width of each shown column in pixels; nothing while the person pulled none."""
    kept = user.preferences.get(KEY, {}).get(slug, {})
    if not any(name in kept for name in table.names):
        return []
    return [kept.get(name, USUAL) for name in table.names]


def keep_widths(user: Any, slug: str, text: str, offered: Any) -> None:
    """Keep widths written as "name:180,amount:96"; nothing forgets them."""
    found = {}
    for part in text.split(","):
        name, _colon, number = part.partition(":")
        if name in offered and number.isascii() and number.isdecimal() and len(number) < 6:
            found[name] = min(max(int(number), NARROWEST), WIDEST)
    kept = user.preferences.setdefault(KEY, {})
    if found:
        kept[slug] = {**kept.get(slug, {}), **found}
    else:
        kept.pop(slug, None)
    user.save(update_fields=["preferences"])
