"""Where custom fields stand: under the headings of the form and of the page, or under their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.records.customfields.field import Made


def by_section(made: Iterable[Made]) -> dict[str, list[str]]:
    """Return names of fields by the section that their definitions name, in order."""
    found: dict[str, list[str]] = {}
    for one in made:
        found.setdefault(one.definition.section, []).append(one.name)
    return found


def in_english(title: Any) -> str:
    """Return a heading as definitions name it, whatever language the reader has."""
    with translation.override("en"):
        return str(title)


def custom_title(one: Any) -> str:
    """Return the heading of fields that stand under none of the page's own."""
    return one.definition.shown_section or _("Further details")
