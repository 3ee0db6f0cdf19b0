"""What a revision changed against the one before: line by line, and in the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.lib.money import format_money
from crm.ui.formats import text_number

if TYPE_CHECKING:
    from sales.models import Quote


@dataclass(slots=True)
class Difference:
    """One line that is new, gone, or another. ``changes`` are (what, before, now)."""

    kind: str
    name: str
    key: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def differences(before: Quote, now: Quote) -> list[Difference]:
    """Return the lines that differ between two revisions, in the order of the newer one."""
    old = {line.key: line for line in before.lines.order_by("position", "pk")}
    new = {line.key: line for line in now.lines.order_by("position", "pk")}
    found = []
    for key, line in new.items():
        if not line.costs:
            continue
        if key not in old:
            found.append(Difference("added", line.name, key))
        elif changes := changed(old[key], line, now.currency):
            found.append(Difference("changed", line.name, key, changes))
    gone = [
        Difference("removed", line.name, key) for key, line in old.items() if key not in new and line.costs
    ]
    return [*found, *gone, *whole(before, now)]


def changed(old: Any, new: Any, currency: str) -> list[tuple[str, str, str]]:
    """Return what of one line is another now."""
    pairs = [
        (_("Name"), old.name, new.name),
        (_("Description"), old.text, new.text),
        (_("Quantity"), with_unit(old), with_unit(new)),
        (_("Price"), format_money(old.price, currency), format_money(new.price, currency)),
        (_("Discount"), percent(old.discount), percent(new.discount)),
        (_("Total"), format_money(old.total, currency), format_money(new.total, currency)),
    ]
    found = [(label, before, now) for label, before, now in pairs if before != now]
    if old.is_optional != new.is_optional:
        found.append((_("Option"), yes(old.is_optional), yes(new.is_optional)))
    return found


def whole(before: Quote, now: Quote) -> list[Difference]:
    """Return what differs in the document as a whole."""
    pairs = [
        (_("Discount on all"), percent(before.discount), percent(now.discount)),
        (_("Terms"), before.terms, now.terms),
        (_("Total"), format_money(before.total, before.currency), format_money(now.total, now.currency)),
    ]
    found = [(label, old, new) for label, old, new in pairs if old != new]
    return [Difference("changed", _("The whole"), "", found)] if found else []


def with_unit(line: Any) -> str:
    return f"{text_number(line.quantity)} {line.unit}".strip()


def percent(value: Any) -> str:
    return f"{text_number(value)} %" if value else "—"


def yes(value: bool) -> str:
    return _("yes") if value else _("no")
