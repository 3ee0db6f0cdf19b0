from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "crm.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from crm.accounts import factors, sessions, tasks  # noqa: F401
        from crm.accounts.demo import make_people
        from crm.accounts.importing import UserTarget
        from crm.accounts.rights import after_migrate
        from crm.lib import crypto
        from crm.records import demo, due
        from crm.records.importing.targets import register_target

        demo.register(make_people, order=10, title="users and teams")
        register_target(UserTarget())
        due.every_day("accounts.nightly", hour=3, minute=15)
        post_migrate.connect(after_migrate, dispatch_uid="accounts.after_migrate")
        user_logged_in.connect(sessions.on_logged_in, dispatch_uid="accounts.sessions")
        crypto.register_rotation("second factors", factors.rotate)
