"""What becomes of an answer to a form: trades hand in takers, as sales does for leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from django import forms
    from django.utils.functional import Promise

    from contacts.models import FormEntry, WebForm
    from crm.records.registry import Ref

#: ``take(form, entries, at)`` returns what was made of each entry: a Ref, or why nothing.
Take = Callable[["WebForm", "Sequence[FormEntry]", "datetime"], "list[Ref | str]"]


@dataclass(frozen=True)
class Taker:
    """One way of dealing with answers. ``targets`` are the fields that answers can fill, by label."""

    key: str
    label: str | Promise
    targets: Sequence[tuple[str, str | Promise]]
    take: Take
    #: Asks what every answer of a form gets besides: owner, source, pipeline; as (user, data, initial).
    settings: Callable[..., forms.Form]
    #: Turns the clean values of ``settings`` into JSON, and back into initial values.
    keep: Callable[[dict[str, Any]], dict[str, Any]]


_takers: dict[str, Taker] = {}


def register(taker: Taker) -> None:
    """Add a way; from ``AppConfig.ready``."""
    _takers[taker.key] = taker


def taker_of(key: str) -> Taker | None:
    return _takers.get(key)


def takers() -> list[Taker]:
    return list(_takers.values())
