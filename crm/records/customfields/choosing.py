"""Choices by what people call them: the label in either language, else the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from crm.records.fields import FieldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.records.customfields.field import Made


def pick(one: Made, text: str) -> str:
    """Find a choice by its label in either language, else by its key.

    Raises:
        FieldError: with the list of labels.
    """
    wanted = text.strip()
    for same in (lambda said: said == wanted, lambda said: said.casefold() == wanted.casefold()):
        for names in (("label", "label_ru"), ("key",)):
            found = _picked(one, same, names)
            if found:
                return found
    labels = ", ".join(str(label) for _key, label in one.offered)
    raise FieldError(_("“%(text)s” is none of: %(choices)s.") % {"text": wanted[:40], "choices": labels})


def _picked(one: Made, same: Callable[[str], bool], names: tuple[str, ...]) -> str:
    for choice in one.definition.choices:
        if any(choice.get(name) and same(str(choice[name])) for name in names):
            return str(choice["key"])
    return ""


def in_order(one: Made, keys: list[str]) -> list[str]:
    """Return keys once each, in the order of the list."""
    wanted = set(keys)
    return [choice["key"] for choice in one.definition.choices if choice["key"] in wanted]


def labels_of(one: Made, keys: list[str]) -> list[str]:
    """Return the labels of choices in both languages."""
    chosen = [choice for choice in one.definition.choices if choice["key"] in keys]
    return [str(choice[name]) for choice in chosen for name in ("label", "label_ru") if choice.get(name)]
