from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "crm.mail"
    label = "mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from crm.lib import crypto
        from crm.mail import enrolling, invitations, merging, navigation, secrets, sequences, showing
        from crm.mail.leaving import hold, let_go
        from crm.mail.sending import following
        from crm.mail.syncing.planning import NIGHTLY
        from crm.records import due, leaving
        from crm.ui import actions

        crypto.register_rotation("mailboxes", secrets.encrypt_anew)
        invitations.register()
        merging.register()
        following.register()
        showing.register()
        navigation.register_places()
        sequences.register()
        actions.offer_bulk(enrolling.for_lists)
        due.every_day(NIGHTLY, hour=3, minute=20)
        leaving.register(holder=hold, farewell=let_go)
