"""Which records a bulk act is about: those ticked, or all that match the list's filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from crm.ui.states import ListState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from crm.ui.declaration import Declaration

#: Up to so many records are changed while the person waits.
INLINE = 200
CHUNK = 500


@dataclass(frozen=True)
class Selection:
    """Records of one type: ids, or everything that a list's address shows."""

    views: type[Declaration]
    user: Any
    at: datetime
    ids: tuple[int, ...] = ()
    state: str = ""
    is_all: bool = False
    #: Of all that match, those that were ticked off.
    without: tuple[int, ...] = ()

    @classmethod
    def read(cls, views: type[Declaration], user: Any, at: datetime, data: QueryDict) -> Selection:
        """Read a selection from a form."""
        return cls(
            views,
            user,
            at,
            numbers(data.getlist("ids")),
            data.get("state", ""),
            data.get("all") == "1",
            numbers(data.getlist("without")),
        )

    def rows(self, action: str) -> QuerySet[Any]:
        """Return what the person may ``action`` of the selection."""
        if self.is_all:
            state = ListState(self.views, self.user, QueryDict(self.state), self.at)
            found = state.list_query(action).narrowed
            return found.exclude(pk__in=self.without) if self.without else found
        visible = self.views.model.objects.visible_to(self.user)
        rows: QuerySet[Any] = visible.visible_to(self.user, action).filter(pk__in=self.ids)
        return rows

    def count(self, action: str) -> int:
        return self.rows(action).count()

    def as_params(self) -> dict[str, Any]:
        """Return the selection as a job keeps it."""
        return {
            "ids": list(self.ids),
            "state": self.state,
            "all": self.is_all,
            "without": list(self.without),
        }

    @classmethod
    def from_params(
        cls, views: type[Declaration], user: Any, at: datetime, params: dict[str, Any]
    ) -> Selection:
        without = tuple(params.get("without", ()))
        return cls(views, user, at, tuple(params["ids"]), params["state"], bool(params["all"]), without)

    def chunks(self, action: str, after: int = 0) -> Iterator[list[Any]]:
        """Go through the selection by key, so that a killed job can go on after the last id.

        What falls out of the filter because of the change itself has been passed already.
        """
        while True:
            rows = list(self.rows(action).filter(pk__gt=after).order_by("pk")[:CHUNK])
            if not rows:
                return
            yield rows
            after = rows[-1].pk


def numbers(texts: list[str]) -> tuple[int, ...]:
    """Read ids from a form."""
    return tuple(int(one) for one in texts if one.isdecimal() and len(one) < 19)
