from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "crm.notifications"
    label = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from crm.notifications import drawing, kinds, mailing, merging, reasons, tasks  # noqa: F401
        from crm.records import due, events, jobs

        kinds.register_all()
        mailing.register_all()
        merging.register()
        drawing.fill_slots()
        events.listen("crm.notifications.tasks.on_event", reasons.wants)
        jobs.on_finish(reasons.tell_of_job)
        due.every_day("notifications.digest", hour=8)
        due.every_day("notifications.nightly", hour=3, minute=50)
