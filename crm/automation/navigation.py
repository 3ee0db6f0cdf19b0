"""Where automation stands in the navigation."""

from django.utils.translation import gettext_lazy as _

from crm.automation.rights import may_automate_cheaply
from crm.ui.navigation import NavItem, nav


def register() -> None:
    nav.register(
        NavItem(
            key="automation",
            label=_("Automation"),
            url_name="automation:rules",
            icon="robot",
            group="data",
            permission=may_automate_cheaply,
            order=40,
        )
    )
