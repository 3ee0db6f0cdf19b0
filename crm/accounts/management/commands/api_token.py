"""``manage.py api_token USER``: make a key for a program and print it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.accounts.models import TokenScope
from crm.accounts.services import find_users
from crm.accounts.tokens import issue_token

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Print a new token with which a program may call the REST interface in the name of USER."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="user name or e-mail")
        parser.add_argument(
            "--scope",
            action="append",
            choices=TokenScope.values,
            help="what it may do; may be given twice (default: read and write)",
        )
        parser.add_argument("--name", default="", help="what it is for, as shown in the settings")

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_users([options["user"]]).get(options["user"].casefold())
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        if not user.is_active:
            raise CommandError(f"The account of {user.username} is switched off.")
        now = timezone.now()
        scopes = options["scope"] or TokenScope.values
        name = options["name"] or f"Command line, {now:%Y-%m-%d}"
        _token, key = issue_token(user=user, name=name, scopes=scopes, at=now)
        self.stdout.write(key)
