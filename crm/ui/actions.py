"""Verbs offered on a record's page and in the bulk bar: won, lost, convert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.utils.functional import Promise

    from crm.identity.access import Access


def always(_record: Any) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One verb. ``verb(*, records, actor, at, **form.cleaned_data)`` does it.

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
