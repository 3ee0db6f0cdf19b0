"""manage.py prepare: makes an installation fit to serve, before web and workers start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from crm.embedded import first_steps, ground, stamp, static
from crm.embedded.errors import CannotStart
from crm.embedded.first_steps import FirstPassword

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Check the database, apply migrations, gather static files, make the first administrator."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="fill an empty installation with demo data")
        parser.add_argument("--news", type=Path, help="where to write how to sign in, instead of printing it")

    def handle(self, *, demo: bool, news: Path | None, **_options: Any) -> None:
        try:
            ground.prepare_data_dir(settings.PLACES)
            first_steps.check_database()
            first_steps.check_broker()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        if not first_steps.is_migrated():
            self._say("preparing the database")
        first_steps.migrate()
        told = self._first_users(demo=demo)
        if static.gather():
            self._say("gathered style sheets and scripts")
        connection.ensure_connection()
        stamp.write(settings.PLACES, stamp.applied(connection.connection))
        if news:
            news.write_text("\n".join(told), encoding="utf-8")
        else:
            self.stdout.writelines(f"{line}\n" for line in told)

    def _first_users(self, *, demo: bool) -> list[str]:
        """See that somebody can sign in; return how."""
        first = first_steps.FIRST_USER
        password = FirstPassword(settings.PLACES.first_password)
        if first_steps.is_empty() and demo:
            self._say("filling in the demo company")
            chosen = password.make()
            call_command("demo", password=chosen)
            return [
                f"Sign in as {first}, ann, bob or eve; all have the password {chosen}",
                f"It is also in {password.kept_in}, until {first} changes it.",
            ]
        if first_steps.is_empty():
            chosen = first_steps.make_first_administrator(password)
            return [
                f"Sign in as {first} with the password {chosen}",
                f"It is also in {password.kept_in}, until you change it.",
            ]
        password.forget_if_changed()
        if demo:
            self._say("there are users already, so no demo data is filled in")
        return [f"Sign in as {first}; the first password is in {password.kept_in}."] if password.text else []

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
