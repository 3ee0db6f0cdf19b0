from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    name = "crm.ui"
    label = "ui"
    verbose_name = _("Pages")

    def ready(self) -> None:
        # Workers and pages alike must know who does a bulk job.
        from crm.ui import files, relations, tasks  # noqa: F401
        from crm.ui.exchange import menu

        menu.register_item()
        files.register_panel()
        relations.register()
