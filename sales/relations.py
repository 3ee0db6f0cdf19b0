"""How conditions walk between deals, those they are with, and what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from crm.ui.conditions import Relation, relations
from crm.ui.conditions.relations import pointed_at, pointing

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

DEAL = "sales.deal"


def deals_of(of: str, link: Callable[[QuerySet[Any]], QuerySet[Any]]) -> Relation:
    """The deals of a company, a person or a product."""
    return Relation(
        of=of,
        key="deals",
        to=DEAL,
        label=_("Deals"),
        some=_("with a deal"),
        none=_("with no deal"),
        least=ngettext_lazy("with at least %(count)d deal", "with at least %(count)d deals", "count"),
        link=link,
    )


def with_a_say(deals: QuerySet[Any]) -> QuerySet[Any]:
    """Deals in which the person has a say, as the contact or otherwise."""
    return deals.filter(deal_people__person=OuterRef("pk"))


def having_a_say(people: QuerySet[Any]) -> QuerySet[Any]:
    """The people of the deal."""
    return people.filter(deal_roles__deal=OuterRef("pk"))


def register() -> None:
    """Hand in the relations of this app."""
    relations.register(
        deals_of("contacts.company", pointing("company")),
        deals_of("contacts.person", with_a_say),
        deals_of("sales.product", pointing("product")),
        Relation(
            of=DEAL,
            key="company",
            to="contacts.company",
            label=_("Company"),
            some=_("with a company"),
            none=_("with no company"),
            link=pointed_at("company"),
        ),
        Relation(
            of=DEAL,
            key="people",
            to="contacts.person",
            label=_("People"),
            some=_("with people"),
            none=_("with nobody"),
            least=ngettext_lazy("with at least %(count)d person", "with at least %(count)d people", "count"),
            link=having_a_say,
        ),
        Relation(
            of=DEAL,
            key="product",
            to="sales.product",
            label=_("Product"),
            some=_("with a product"),
            none=_("with no product"),
            link=pointed_at("product"),
        ),
    )
