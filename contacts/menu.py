"""Where people and companies stand in the navigation."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.webforms.rights import may_build
from crm.identity.access import access_for
from crm.ui.navigation import NavItem, register


def may_merge(user: Any) -> bool:
    """Tell whether a person may merge anybody at all."""
    access = access_for(user)
    return any(access.can(key, "change") for key in ("contacts.person", "contacts.company"))


ITEMS = (
    NavItem(
        key="people",
        label=_("People"),
        url_name="contacts:person_list",
        icon="users",
        group="contacts",
        permission="contacts.person",
        order=10,
        shortcut="p",
        quick="contacts:person_quick",
        quick_label=_("Person"),
        bottom=3,
    ),
    NavItem(
        key="companies",
        label=_("Companies"),
        url_name="contacts:company_list",
        icon="building",
        group="contacts",
        permission="contacts.company",
        order=20,
        shortcut="c",
        quick="contacts:company_quick",
        quick_label=_("Company"),
    ),
    NavItem(
        key="duplicates",
        label=_("Duplicates"),
        url_name="contacts:duplicates",
        icon="git-merge",
        group="contacts",
        permission=may_merge,
        order=30,
    ),
    NavItem(
        key="webforms",
        label=_("Web forms"),
        url_name="contacts:webforms",
        icon="forms",
        group="contacts",
        permission=may_build,
        order=40,
    ),
)


def register_items() -> None:
    """Hand in the entries."""
    for item in ITEMS:
        register(item)
