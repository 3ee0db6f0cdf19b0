from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "sales"
    verbose_name = _("Sales")

    def ready(self) -> None:
        from crm.records import demo, registry
        from crm.ui.jobviews import RESULTS
        from sales import (
            addressbook,
            automation,
            importing,
            merging,
            navigation,
            panels,
            quotenotices,
            relations,
            setup,
            today,
        )
        from sales.demo import make_sales
        from sales.demo_leads import make_leads
        from sales.leads import capturing
        from sales.orders import providers
        from sales.quotes import panels as quotepanels
        from sales.quotes import telling
        from sales.services import (
            DealService,
            InvoiceService,
            LeadService,
            OrderService,
            ProductService,
            QuoteService,
        )

        services = (DealService, LeadService, ProductService, QuoteService, OrderService, InvoiceService)
        for service in services:
            registry.register_service(service())
        own = (importing, capturing, merging, panels, navigation, relations, automation, addressbook)
        for part in (*own, quotepanels, telling, quotenotices):
            part.register()
        providers.register(providers.TEST)
        RESULTS["document_pdf"] = "sales/quotes/pdf_result.html"
        today.register_sources()
        setup.register_work()
        demo.register(make_sales, order=30, title="products and deals")
        demo.register(make_leads, order=35, title="leads")
        post_migrate.connect(setup.after_migrate, sender=self, dispatch_uid="sales.after_migrate")
