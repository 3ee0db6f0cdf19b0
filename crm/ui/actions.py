"""Verbs offered on a record's page and in the bulk bar: won, lost, convert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django import forms
    from django.utils.functional import Promise

    from crm.identity.access import Access


#: Verbs that apps above add to the records of a type, for one viewer.
More = Callable[[Any, Any], "list[Action]"]
_more: list[More] = []


def offer_more(more: More) -> None:
    """Have ``more(model, user)`` add verbs to pages of records and to REST; from ``AppConfig.ready``."""
    if more not in _more:
        _more.append(more)


def more_actions(model: Any, user: Any) -> list[Action]:
    """Return the verbs that apps above add."""
    return [action for more in _more for action in more(model, user)]


def more_action(model: Any, user: Any, name: str) -> Action | None:
    return next((one for one in more_actions(model, user) if one.name == name), None)


#: Verbs that apps above add to the bulk bar of a type, whoever looks.
_bulk: list[Callable[[Any], Action | None]] = []


def offer_bulk(offer: Callable[[Any], Action | None]) -> None:
    """Have ``offer(model)`` add a verb to the bulk bar of lists; from ``AppConfig.ready``."""
    if offer not in _bulk:
        _bulk.append(offer)


def bulk_actions(model: Any) -> list[Action]:
    """Return the verbs for many records that apps above add."""
    return [action for offer in _bulk if (action := offer(model)) is not None]


def always(_record: Any) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One verb. ``verb(*, records, actor, at, via, **form.cleaned_data)`` does it.

    ``form`` is asked in a dialog first; ``when`` tells for which records it makes sense;
    ``permission`` is the right it needs; ``bulk`` offers it for many at once; ``tone`` is
    the colour of its button; ``confirm`` a question asked before.
    """

    name: str
    verb: Callable[..., Any]
    label: str | Promise
    icon: str = ""
    form: Callable[..., forms.Form] | None = None
    when: Callable[[Any], bool] = always
    permission: str = "change"
    bulk: bool = False
    tone: str = ""
    confirm: str | Promise = ""
    done: str | Promise = ""

    @property
    def css(self) -> str:
        """The class of its button."""
        tone = {"green": "success", "red": "danger"}.get(self.tone, self.tone)
        return f"btn-{tone}" if tone else ""

    def is_offered(self, record: Any, access: Access) -> bool:
        """Tell whether this person may do it to this record now."""
        return self.when(record) and access.can(type(record), self.permission, record)
