"""How records of one type lead to records of another: a company's deals, a deal's people.

An app registers the relations it knows from ``AppConfig.ready``; conditions, and whatever is
built on them, walk through these and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef

from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db import models
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way from records of ``of`` to records of ``to``, both named like "sales.deal".

    ``link`` leaves of the related rows those that belong to ``OuterRef("pk")``. The words say
    it in a sentence: ``some`` "with deals", ``none`` "with no deal", ``least`` "with at least
    %(count)d deals" (from ``ngettext_lazy``, None where there is but one). ``slow`` where no index
    answers it.
    """

    of: str
    key: str
    to: str
    label: str | Promise
    some: str | Promise
    none: str | Promise
    link: Callable[[models.QuerySet[Any]], models.QuerySet[Any]]
    least: str | Promise | None = None
    slow: bool = False

    @property
    def model(self) -> type[models.Model]:
        return registry.by_key(self.to).model

    def words(self, which: str | int) -> str:
        """Return how a sentence says that there are some, none, or so many."""
        if isinstance(which, int):
            return str((self.least or self.some) % {"count": which})
        return str(self.none if which == "none" else self.some)


class Relations:
    """Every registered relation, by the type that has it."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Relation]] = {}

    def register(self, *found: Relation) -> None:
        for one in found:
            self._known.setdefault(one.of, {})[one.key] = one

    def of(self, model: type[models.Model]) -> dict[str, Relation]:
        """Return the relations of a type, by key."""
        return self._known.get(model._meta.label_lower, {})


relations = Relations()


def pointing(by: str) -> Callable[[models.QuerySet[Any]], models.QuerySet[Any]]:
    """Related rows that point at the record: a company's deals, by their ``company``."""
    return lambda rows: rows.filter(**{by: OuterRef("pk")})


def pointed_at(by: str) -> Callable[[models.QuerySet[Any]], models.QuerySet[Any]]:
    """The one row that the record points at: a deal's company, by the deal's ``company``."""
    return lambda rows: rows.filter(pk=OuterRef(by))
