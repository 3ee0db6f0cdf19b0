from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TimelineConfig(AppConfig):
    name = "crm.timeline"
    verbose_name = _("Activities")

    def ready(self) -> None:
        from crm.records import demo, events, registry, services
        from crm.timeline import importing, navigation
        from crm.timeline.demo import make_activities
        from crm.timeline.following import follow
        from crm.timeline.services import ActivityService
        from crm.timeline.setup import after_migrate

        registry.register_service(ActivityService())
        services.follow(follow)
        importing.register()
        navigation.register_items()
        demo.register(make_activities, order=40, title="activities")
        events.subscribe("organisation.updated", "crm.timeline.tasks.on_organisation_changed")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="timeline.after_migrate")
