from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "crm.automation"
    label = "automation"
    verbose_name = _("Automation")

    def ready(self) -> None:
        from crm.automation import hooks, index, navigation, standard
        from crm.lib import crypto
        from crm.records import due, events

        events.listen("crm.automation.tasks.on_event", index.wanted_by_rules)
        events.listen("crm.automation.tasks.on_event_for_hooks", index.wanted_by_hooks)
        due.every_day("automation.nightly", hour=3, minute=40)
        crypto.register_rotation("webhooks", hooks.encrypt_anew)
        standard.register()
        navigation.register()
