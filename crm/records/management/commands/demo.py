"""``manage.py demo``: a company to look around in, the same for the same seed."""

from __future__ import annotations

import random
import secrets
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.identity.models import User
from crm.records import demo
from crm.records.models import Job, JobState

if TYPE_CHECKING:
    from argparse import ArgumentParser

SIZES = {"small": 400, "medium": 5_000}
#: Up to so many people the company can be taken away again.
REMOVABLE = 5_000


class Command(BaseCommand):
    help = "Makes a demo company: users ann, bob, eve and root, teams, people, companies, deals, activities."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--size", choices=sorted(SIZES), default="small", help="how large; --people says it exactly"
        )
        parser.add_argument("--people", type=int, help="how many people")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same company")
        parser.add_argument("--password", help="of every demo user; a random one is printed otherwise")
        parser.add_argument(
            "--job", type=int, help="under this job, which shows the progress (used by the first page)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        people = options["people"] or SIZES[options["size"]]
        if people < 10:
            raise CommandError("A company has at least 10 people.")
        password = options["password"] or secrets.token_urlsafe(9)
        job = self.job(options["job"], people)
        # A root who is there already keeps their password.
        names = "ann, bob, mia or eve" if has_root() else "ann, bob, mia, eve or root"
        demo.make(
            demo.Demo(
                people=people,
                at=timezone.now(),
                chance=random.Random(options["seed"]),
                password=password,
                job=job,
                say=self.stdout.write,
            )
        )
        if job is not None and not options["job"]:
            Job.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=timezone.now())
        self.stdout.write(f"Made a company of {people:,} people. Sign in as {names}: {password}")
        if job is not None:
            self.stdout.write(f"To take it away again: manage.py undo {job.pk}")

    def job(self, pk: int | None, people: int) -> Job | None:
        """Return the job under which the rows are noted for undo; none for a very large company."""
        if pk is not None:
            return Job.objects.get(pk=pk)
        if people > REMOVABLE:
            return None
        now = timezone.now()
        title = _("Demo company")
        return Job.objects.create(
            kind="demo", title=title, state=JobState.RUNNING, started_at=now, heartbeat_at=now
        )


def has_root() -> bool:
    """Tell whether somebody called root works here already."""
    return User.objects.filter(username="root").exists()
