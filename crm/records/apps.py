from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "crm.records"
    label = "records"
    verbose_name = _("Records")

    def ready(self) -> None:
        from crm.records import demo, due, sharing  # noqa: F401
        from crm.records.customfields import known, peers
        from crm.records.customfields.demo import make_indexes
        from crm.records.fields import join_made
        from crm.records.files import leaving
        from crm.records.merging import own
        from crm.records.setup import after_migrate

        due.every_day("nightly", hour=2, minute=30)
        demo.register(make_indexes, order=95, title="indexes of custom fields")
        join_made(known.join)
        peers.tell_referring(known.referring)
        own.register()
        leaving.register()
        post_migrate.connect(after_migrate, dispatch_uid="records.after_migrate")
