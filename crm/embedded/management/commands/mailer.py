"""manage.py mailer: a worker for letters alone, so that a big mailing never holds up other work."""

from __future__ import annotations

from crm.embedded.management.commands import worker


class Command(worker.Command):
    help = "Send the letters that wait in the queue. Any number of mailers share a mailing."
    queues = ("mail",)
