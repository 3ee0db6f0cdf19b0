from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "crm.automation"
    label = "automation"
    verbose_name = _("Automation")

    def ready(self) -> None:
        from crm.automation import absorbing, buttons, hooks, index, navigation, notices, standard
        from crm.automation.demo import make_rules
        from crm.lib import crypto
        from crm.notifications.services import tell_of_rule
        from crm.records import demo, due, events
        from crm.ui.actions import offer_more

        events.listen("crm.automation.tasks.on_event", index.wanted_by_rules)
        events.ask_about_rules(index.any_for)
        events.listen("crm.automation.tasks.on_event_for_hooks", index.wanted_by_hooks)
        due.every_day("automation.nightly", hour=3, minute=40)
        crypto.register_rotation("webhooks", hooks.encrypt_anew)
        notices.register_notifier(tell_of_rule)
        offer_more(buttons.buttons_for)
        standard.register()
        absorbing.register()
        navigation.register()
        demo.register(make_rules, order=50, title="rules")
