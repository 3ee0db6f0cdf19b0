"""manage.py prepare: makes an installation fit to serve, before web and workers start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from crm.embedded import first_steps, ground, static
from crm.embedded.errors import CannotStart
from crm.embedded.first_steps import FirstPassword


class Command(BaseCommand):
    help = "Check the database, apply migrations, gather static files, make the first administrator."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        try:
            ground.prepare_data_dir(settings.PLACES)
            first_steps.check_database()
            first_steps.check_broker()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        first_steps.migrate()
        static.gather()
        if first_steps.is_empty():
            chosen = first_steps.make_first_administrator(FirstPassword(settings.PLACES.first_password))
            self.stdout.write(f"Sign in as {first_steps.FIRST_USER} with the password {chosen}")
