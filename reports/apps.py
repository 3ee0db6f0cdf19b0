from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from crm.ui.navigation import NavItem, nav

        nav.register(
            NavItem(
                key="home",
                label=_("Home"),
                url_name="reports:home",
                icon="home",
                group="home",
                order=0,
                shortcut="h",
                bottom=1,
            )
        )
