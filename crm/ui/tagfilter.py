"""The filter by tags: all of them, any, none, or no tag at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.records import tagging
from crm.ui.asking import Option, RecordFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Words among the tags that say how they are meant. No tag begins with a colon.
ANY, NONE, EMPTY = ":any", ":none", ":empty"
WORDS = {
    ANY: gettext_lazy("— any of these"),
    NONE: gettext_lazy("— none of these"),
    EMPTY: gettext_lazy("— without tags"),
}


class TagsFilter(RecordFilter):
    """Records with all of these tags; with a word among them any, or none."""

    control = "tags"
    several = True

    def parse(self, raw: Sequence[str]) -> list[str]:
        word = next((one for one in raw if one in WORDS), "")
        names = tagging.spelt(one for one in raw if one not in WORDS)
        if word == EMPTY:
            return [EMPTY]
        return [word, *names] if word and names else names

    def q(self, value: Any) -> Q:
        word, names = (value[0], list(value[1:])) if value[0] in WORDS else ("", list(value))
        if word == EMPTY:
            return Q(**{self.column: []})
        if word == ANY:
            return Q(**{f"{self.column}__overlap": names})
        if word == NONE:
            return ~Q(**{f"{self.column}__overlap": names})
        return Q(**{f"{self.column}__contains": names})

    def part(self, value: Any, *, slow: bool) -> Q:
        """What is not there no index finds: it only narrows a short list."""
        is_slow = value[0] in (NONE, EMPTY)
        return self.q(value) if is_slow is slow else Q()

    def sentence(self, value: Any) -> str:
        names = value[1:] if value[0] in WORDS else value
        if value[0] == EMPTY:
            return _("none")
        if value[0] == NONE:
            return _("none of %(tags)s") % {"tags": ", ".join(names)}
        return (_(" or ") if value[0] == ANY else _(" and ")).join(names)

    def options(self, value: Any) -> list[Option]:
        chosen = list(value or ())
        names = dict.fromkeys([*(one for one in chosen if one not in WORDS), *tagging.names()])
        words = [Option(word, str(label), word in chosen) for word, label in WORDS.items()]
        return [*(Option(name, name, name in chosen) for name in names), *words]
