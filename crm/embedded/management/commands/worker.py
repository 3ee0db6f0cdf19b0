"""manage.py worker: does what web hands to the queue."""

from __future__ import annotations

import os
import warnings
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from celery.exceptions import CPendingDeprecationWarning
from django.core.management import BaseCommand

from crm.celery import app

if TYPE_CHECKING:
    from argparse import ArgumentParser


def pool() -> str:
    """Return processes as the way to work in parallel, or threads where the system has no semaphores."""
    try:
        get_context("fork").Semaphore()
    except OSError:  # no /dev/shm, or none that this user may write
        return "threads"
    return "prefork"


class Command(BaseCommand):
    help = "Do the work that waits in the queue: jobs, events, letters."
    requires_system_checks = ()
    queues: tuple[str, ...] = ("default", "mail", "hooks")
    pool = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = max(2, os.cpu_count() or 1)
        parser.add_argument("--processes", type=int, default=usual, help=f"how many at a time ({usual})")
        parser.add_argument(
            "--without", action="append", default=[], choices=self.queues, help="leave a queue to others"
        )

    def handle(self, *, processes: int, without: list[str], **_options: Any) -> None:
        # Root's own choice; the database below runs as somebody else.
        warnings.filterwarnings("ignore", message=".*superuser privileges")
        # A job is safe either way: whoever runs it holds its row.
        warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
        app.worker_main(
            [
                "--quiet",
                "worker",
                f"--queues={','.join(name for name in self.queues if name not in without)}",
                f"--concurrency={processes}",
                f"--pool={self.pool or pool()}",
                "--loglevel=warning",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ]
        )
