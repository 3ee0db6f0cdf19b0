"""manage.py beat: the clock."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand

from crm.embedded import clock


class Command(BaseCommand):
    help = "Ask the workers, every few seconds, for what has become due. Two clocks do no harm."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        clock.run()
