"""Where importing stands in the navigation: for those who may bring files of some type."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.records.importing.targets import targets
from crm.ui.exchange.uploads import may_import
from crm.ui.navigation import NavItem, register


def may_import_anything(user: Any) -> bool:
    """Tell whether a person may import records of any type."""
    return any(may_import(user, target) for target in targets())


def register_item() -> None:
    """Put "Import" into the navigation."""
    register(
        NavItem(
            key="import",
            label=_("Import"),
            url_name="ui:import_hub",
            icon="file-import",
            group="data",
            permission=may_import_anything,
            order=10,
            shortcut="i",
        )
    )
