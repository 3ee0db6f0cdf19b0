from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "sales"
    verbose_name = _("Sales")

    def ready(self) -> None:
        from crm.records import demo, registry
        from sales import (
            addressbook,
            automation,
            importing,
            merging,
            navigation,
            panels,
            relations,
            setup,
            today,
        )
        from sales.demo import make_sales
        from sales.services import DealService, LeadService, ProductService

        registry.register_service(DealService())
        registry.register_service(LeadService())
        registry.register_service(ProductService())
        importing.register()
        merging.register()
        panels.register()
        navigation.register()
        relations.register()
        today.register_sources()
        automation.register()
        addressbook.register()
        setup.register_work()
        demo.register(make_sales, order=30, title="products and deals")
        post_migrate.connect(setup.after_migrate, sender=self, dispatch_uid="sales.after_migrate")
