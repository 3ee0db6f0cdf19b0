from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "sales"
    verbose_name = _("Sales")

    def ready(self) -> None:
        from crm.records import demo, due, events, registry
        from sales import importing, panels, today
        from sales.demo import make_sales
        from sales.navigation import register as register_navigation
        from sales.services import DealService, ProductService
        from sales.setup import after_migrate

        registry.register_service(DealService())
        registry.register_service(ProductService())
        importing.register()
        panels.register()
        today.register_sources()
        register_navigation()
        demo.register(make_sales, order=30, title="products and deals")
        due.every_day("deal_rates", hour=0, minute=5)
        due.every_day("deal_snapshot", hour=0, minute=10)
        for verb in ("created", "updated", "deleted"):
            events.subscribe(f"currencyrate.{verb}", "sales.tasks.on_rates_changed")
        events.subscribe("organisation.updated", "sales.tasks.on_organisation_changed")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="sales.after_migrate")
