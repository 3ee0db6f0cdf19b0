"""``manage.py undo JOB``: take back an import, a merge or a bulk action."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from crm.identity.models import User
from crm.records import (
    jobs,
    tasks,  # noqa: F401  (jobs find their handlers)
)
from crm.records.models import Job, JobState, JournalEntry

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Undo a job: what it made goes, what it changed comes back, later changes stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=int)
        parser.add_argument("--as", dest="user", help="undo in the name of this user")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        job = Job.objects.filter(pk=options["job"]).first()
        if job is None:
            raise CommandError(f"There is no job {options['job']}.")
        if job.state == JobState.UNDONE or not JournalEntry.objects.filter(job=job).exists():
            raise CommandError(f"Job {job.pk} changed nothing that could be undone.")
        actor = None
        if options["user"]:
            actor = User.objects.filter(username=options["user"]).first()
            if actor is None:
                raise CommandError(f"There is no user “{options['user']}”.")
        done = jobs.start_undo(job, actor=actor, now=True)
        if done.state != JobState.DONE:
            raise CommandError(f"Job {done.pk} {done.state}: {done.error}")
        self._tell(done, as_json=options["json"])

    def _tell(self, done: Job, *, as_json: bool) -> None:
        result = done.result
        if as_json:
            summary = {
                "job": done.pk,
                "restored": result["restored"],
                "removed": result["removed"],
                "kept": result["kept_count"],
            }
            self.stdout.write(json.dumps(summary))
            return
        self.stdout.write(f"removed {result['removed']}, restored {result['restored']}")
        for one in result["kept"][:50]:
            self.stdout.write(f"kept {one['model']} {one['title']} {one['field']}: {one['reason']}")
