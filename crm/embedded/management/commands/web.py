"""manage.py web: the web server alone, for other supervisors."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import BaseCommand

from crm.embedded import web

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Serve pages; database and broker must run, migrations and collectstatic be done (manage.py prepare)."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--processes", type=int, default=2, help="how many web processes (2)")

    def handle(self, *, host: str, port: int, processes: int, **_options: Any) -> None:
        web.share_counts(tempfile.mkdtemp(prefix="artel-counts-"))
        os.execv(sys.executable, [sys.executable, *web.command(host, port, processes)])
