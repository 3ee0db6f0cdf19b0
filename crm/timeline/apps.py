from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TimelineConfig(AppConfig):
    name = "crm.timeline"
    verbose_name = _("Activities")

    def ready(self) -> None:
        from crm.records import demo, due, events, followers, leaving, registry
        from crm.timeline import importing, merging, navigation, relations, tasks, verbs  # noqa: F401
        from crm.timeline.demo import make_activities
        from crm.timeline.following import follow
        from crm.timeline.leaving import hold, let_go
        from crm.timeline.services import ActivityService
        from crm.timeline.setup import after_migrate

        registry.register_service(ActivityService())
        followers.follow(follow)
        importing.register()
        merging.register()
        leaving.register(holder=hold, farewell=let_go)
        navigation.register_items()
        relations.register()
        verbs.register()
        demo.register(make_activities, order=40, title="activities")
        events.subscribe("organisation.updated", "crm.timeline.tasks.on_organisation_changed")
        due.every_day("timeline.extend", hour=2, minute=40)
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="timeline.after_migrate")
