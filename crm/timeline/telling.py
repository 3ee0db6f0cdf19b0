"""How an event is told on a timeline: its sign, its colour, its words.

Sentences name the act, not the actor ("Outgoing call", "Deal won"), so that they read well
in both languages whoever acted. A trade tells its own events by ``tell`` from ``AppConfig.ready``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.lib.money import format_money
from crm.records import registry

if TYPE_CHECKING:
    from crm.records.models import Event

Words = Callable[["Event"], str]


@dataclass(frozen=True, slots=True)
class Telling:
    """How events of one name look. ``is_quiet`` ones are a small grey line."""

    icon: str
    words: Words
    tone: str = ""
    is_quiet: bool = False
    #: What was changed is listed below; off where the words say it already.
    shows_changes: bool = False


_known: dict[str, Telling] = {}


def tell(name: str, telling: Telling) -> None:
    """Tell events called ``name`` in this way; from ``AppConfig.ready``."""
    _known[name] = telling


def telling_of(event: Event) -> Telling:
    """Return how an event is told: by its own name, else by what kind of act it is."""
    found = _known.get(event.name)
    if found is not None:
        return found
    verb = event.name.rpartition(".")[2]
    if verb == "created" and event.via == "import":
        return IMPORTED
    return _verbs.get(verb, CHANGED)


def about_type(sentence: str, event: Event) -> str:
    """Fill in what the event's record is called, wherever the language puts it: "Deal won"."""
    text = sentence % {"type": registry.by_id(event.type_id).label}
    return text[:1].upper() + text[1:]


def amount_of(event: Event) -> str:
    """Return the amount that an event tells, written as money; empty when there is none."""
    data: dict[str, Any] = event.data
    amount = data.get("amount")
    return format_money(amount, data.get("currency") or "") if amount not in (None, "") else ""


def with_names(sentence: str, event: Event) -> str:
    """Name the records that an event of a merge tells of."""
    names = ", ".join(str(one["title"]) for one in event.data.get("absorbed", ()))
    return sentence % {"names": names}


def with_amount(text: str, event: Event) -> str:
    amount = amount_of(event)
    return f"{text} · {amount}" if amount else text


def won(event: Event) -> str:
    return with_amount(about_type(_("%(type)s won"), event), event)


def lost(event: Event) -> str:
    """Say what was lost, and for which reason."""
    text = with_amount(about_type(_("%(type)s lost"), event), event)
    reason = (event.data.get("changes") or {}).get("lost_reason", {}).get("new_text", "")
    return f"{text} · {reason}" if reason else text


def moved(event: Event) -> str:
    data: dict[str, Any] = event.data
    return _("%(old)s → %(new)s") % {"old": data.get("from") or "…", "new": data.get("to") or "…"}


CHANGED = Telling("pencil", lambda event: "", is_quiet=True, shows_changes=True)
IMPORTED = Telling("database-import", lambda event: about_type(_("%(type)s imported"), event), is_quiet=True)
# A mention is seen in the note itself.
_known["activity.mentioned"] = Telling("at", lambda event: "", is_quiet=True)
_known["file.added"] = Telling("paperclip", lambda event: _("File added"), is_quiet=True)
_known["file.removed"] = Telling("trash", lambda event: _("File deleted"), is_quiet=True)
_known["file.restored"] = Telling("restore", lambda event: _("File restored"), is_quiet=True)
_verbs: dict[str, Telling] = {
    "created": Telling("plus", lambda event: about_type(_("%(type)s created"), event), "success"),
    "deleted": Telling("trash", lambda event: about_type(_("%(type)s deleted"), event), is_quiet=True),
    "restored": Telling("restore", lambda event: about_type(_("%(type)s restored"), event), is_quiet=True),
    "merged": Telling("git-merge", lambda event: with_names(_("%(names)s merged into this record"), event)),
    "related": Telling("link", lambda event: _("Related: %(kind)s") % {"kind": event.data.get("kind", "")}),
    "unrelated": Telling(
        "link", lambda event: _("No longer: %(kind)s") % {"kind": event.data.get("kind", "")}, is_quiet=True
    ),
    "split": Telling("arrows-split", lambda event: with_names(_("%(names)s split off again"), event)),
    "undone": Telling("arrow-back-up", lambda event: _("A change was undone"), is_quiet=True),
    "won": Telling("trophy", won, "success"),
    "lost": Telling("thumb-down", lost, "danger"),
    "reopened": Telling("rotate", lambda event: about_type(_("%(type)s reopened"), event), "accent"),
    "stage_changed": Telling("arrow-right", moved, is_quiet=True),
    "removed": Telling("trash", lambda event: about_type(_("%(type)s removed"), event), is_quiet=True),
}
