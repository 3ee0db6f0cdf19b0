"""manage.py up: the whole product in one terminal (crm/embedded/up.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError

from crm.embedded import up
from crm.embedded.errors import CannotStart

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = up.HELP
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        up.add_arguments(parser)

    def handle(self, *, host: str, port: int, web_processes: int, demo: bool, **_options: Any) -> None:
        try:
            up.run(host=host, port=port, web_processes=web_processes, demo=demo)
        except CannotStart as error:
            raise CommandError(str(error)) from error
