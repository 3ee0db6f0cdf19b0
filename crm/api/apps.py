from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "crm.api"
    label = "api"
    verbose_name = _("REST")

    def ready(self) -> None:
        from crm.api import (
            schema,  # noqa: F401
            tasks,  # noqa: F401
        )
        from crm.records import due

        due.every_day("api.nightly", hour=3, minute=50)
