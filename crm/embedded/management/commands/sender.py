"""manage.py sender: a worker for webhooks alone, so that an address that is slow holds up nothing else."""

from __future__ import annotations

from crm.embedded.management.commands import worker


class Command(worker.Command):
    help = "Call webhooks. Beside it workers run with --without hooks."
    queues = ("hooks",)
    # One turn calls several addresses at a time by itself; it only waits for them.
    pool = "solo"
