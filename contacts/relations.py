"""How conditions walk between people and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crm.ui.conditions import Relation, relations
from crm.ui.conditions.relations import pointed_at, pointing

if TYPE_CHECKING:
    from django.db.models import QuerySet

PERSON, COMPANY = "contacts.person", "contacts.company"


def working_there(people: QuerySet[Any]) -> QuerySet[Any]:
    """People who work at the company now."""
    return people.filter(employments__company=OuterRef("pk"), employments__ended_on=None)


def ever_employing(companies: QuerySet[Any]) -> QuerySet[Any]:
    """Companies where the person works or has worked."""
    return companies.filter(employments__person=OuterRef("pk"))


def register() -> None:
    """Hand in the relations of this app."""
    relations.register(
        Relation(
            of=COMPANY,
            key="people",
            to=PERSON,
            label=_("People"),
            some=_("with people"),
            none=_("with nobody"),
            least=ngettext_lazy("with at least %(count)d person", "with at least %(count)d people", "count"),
            link=working_there,
        ),
        Relation(
            of=COMPANY,
            key="subsidiaries",
            to=COMPANY,
            label=_("Subsidiaries"),
            some=_("with subsidiaries"),
            none=_("with no subsidiary"),
            least=ngettext_lazy(
                "with at least %(count)d subsidiary", "with at least %(count)d subsidiaries", "count"
            ),
            link=pointing("parent"),
        ),
        Relation(
            of=COMPANY,
            key="parent",
            to=COMPANY,
            label=_("Parent company"),
            some=_("with a parent company"),
            none=_("with no parent company"),
            link=pointed_at("parent"),
        ),
        Relation(
            of=PERSON,
            key="company",
            to=COMPANY,
            label=_("Company"),
            some=_("at a company"),
            none=_("at no company"),
            link=pointed_at("company"),
        ),
        Relation(
            of=PERSON,
            key="companies",
            to=COMPANY,
            label=_("Companies, past ones too"),
            some=_("who worked at a company"),
            none=_("who worked at no company"),
            least=ngettext_lazy(
                "who worked at %(count)d company or more",
                "who worked at %(count)d companies or more",
                "count",
            ),
            link=ever_employing,
        ),
    )
