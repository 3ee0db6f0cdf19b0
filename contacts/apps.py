from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = _("People and companies")

    def ready(self) -> None:
        from contacts import (
            addressbook,
            automation,
            customfields,
            guests,
            importing,
            menu,
            merging,
            relations,
            sameness,
        )
        from contacts.demo import make_contacts
        from contacts.demo_fields import make_fields
        from contacts.services import CompanyService, PersonService
        from crm.records import demo, registry

        addressbook.register()
        guests.register()
        customfields.register()
        registry.register_service(PersonService())
        registry.register_service(CompanyService())
        importing.register()
        menu.register_items()
        merging.register()
        sameness.register()
        relations.register()
        automation.register()
        demo.register(make_fields, order=15, title="custom fields")
        demo.register(make_contacts, order=20, title="people and companies")
