"""manage.py beat: the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError

from crm import health
from crm.embedded import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Ask the workers, every few seconds, for what has become due. Two clocks do no harm."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="say whether a clock ticks, and end")

    def handle(self, *, check: bool, **_options: Any) -> None:
        if not check:
            clock.run()
        elif wrong := health.beat():
            raise CommandError(f"beat {wrong}")
