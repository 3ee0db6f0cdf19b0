"""How a record's page is put together: facts, timeline, related records, and free parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.utils.functional import Promise

PartContext = Callable[[Any, HttpRequest], dict[str, Any]]


class Part:
    """A piece of the page with a template of its own; ``context(record, request)`` feeds it.

    A ``lazy`` one is a heading at first: "seen" comes when one scrolls down to it, "soon" right
    after the page. For what stands low and asks the database; it needs ``key``, ``title``, ``icon``.
    """

    def __init__(
        self,
        template: str,
        context: PartContext | None = None,
        *,
        key: str = "",
        title: str | Promise = "",
        icon: str = "",
        lazy: str = "",
    ) -> None:
        self.template = template
        self.context = context
        self.part_key, self.title, self.icon, self.lazy = key, title, icon, lazy

    def values(self, record: Any, request: HttpRequest) -> dict[str, Any]:
        """Return what the template is given."""
        return {"part": self, "record": record, **(self.context(record, request) if self.context else {})}


class Fields(Part):
    """Facts, each edited in place."""

    def __init__(self, *names: str, title: str | Promise = "") -> None:
        super().__init__("ui/parts/fields.html", title=title)
        self.names = names


class Timeline(Part):
    """The composer and what happened, newest first. The timeline app fills it."""

    def __init__(self) -> None:
        super().__init__("ui/parts/timeline.html")


class Custom(Part):
    """Fields that administrators added."""

    def __init__(self) -> None:
        super().__init__("ui/parts/custom.html")


class Related(Part):
    """Records of another type that refer to this one: a panel in the side column.

    ``key`` names the type ("sales.deal"), ``by`` its field that refers here, ``where``
    further conditions.
    """

    def __init__(
        self,
        key: str,
        *,
        by: str,
        title: str | Promise = "",
        columns: Sequence[str] = (),
        limit: int = 8,
        **where: Any,
    ) -> None:
        super().__init__("ui/parts/related.html", key=key.replace(".", "-"), title=title)
        self.key, self.by = key, by
        self.columns, self.limit, self.where = columns, limit, where


@dataclass(frozen=True)
class Layout:
    """The page of a record type.

    ``head`` names the two or three facts under the title; ``bar`` is the strip below it
    (a stage bar); ``main`` stands in the wide column, ``facts`` beside it, ``side`` holds
    related records. Panels that other apps registered come after ``side``.
    """

    head: Sequence[str] = ()
    bar: Part | None = None
    main: Sequence[Part] = ()
    side: Sequence[Part] = ()
    facts: Sequence[Part] = ()
