"""An import of people by the real worker with two processes, and its undo: rows per second, memory.

Each row brings a person with a company, an e-mail, a phone, a job and a city; e-mails are looked for among
those that are there, and every record gets its event, links, journal and search row.
"""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from contacts.models import Company, Person
from crm.embedded.children import die_with_parent
from crm.identity.models import User
from crm.records import jobs
from crm.records.importing.files import keep_file
from crm.records.importing.guessing import facts_of, guess_plan
from crm.records.importing.running import start_import
from crm.records.importing.targets import target_of
from crm.records.models import Job, JobState
from tests.bench.browsing import database_address, resident
from tests.bench.figures import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_COMPANY = 5
HEADER = ("First name", "Last name", "E-mail", "Phone", "Company", "Job title", "City")
FIRST = ("Anna", "Boris", "Clara", "Dmitri", "Elena", "Ivan", "Мария", "Пётр", "Ольга", "Сергей")
LAST = ("Smith", "Petrova", "Иванов", "Miller", "Novak", "Кузнецова", "Weber", "Rossi", "Соколов", "Garcia")
LOOK_SECONDS = 0.2


def measure(people: int) -> list[Row]:
    """Import a file of so many people, undo it, and leave the base as it was."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    before = Person.objects.count(), Company.objects.count()
    with TemporaryDirectory() as folder, working() as worker:
        path = Path(folder) / "people.csv"
        write_people(path, people)
        memory = Memory(worker.pid)
        job = imported(path, memory)
        rows = [row("import", job, people, memory)]
        assert job.result["counts"]["created"] == people, job.result["counts"]
        memory = Memory(worker.pid)
        undo = finished(jobs.start_undo(job, actor=None), memory)
        rows.append(row("undo", undo, people, memory))
    assert (Person.objects.count(), Company.objects.count()) == before
    return rows


def write_people(path: Path, count: int) -> None:
    chance = random.Random(7)
    firms = max(1, count // PER_COMPANY)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(count):
            firm = (number // PER_COMPANY) % firms
            name = (chance.choice(FIRST), f"{chance.choice(LAST)}{number % 977}")
            phone = (
                f"+7 9{number // 10_000_000 % 100:02d} {number // 10_000 % 1000:03d}-{number % 10_000:04d}"
            )
            mail = f"person{number}@measured{firm}.example"
            writer.writerow([*name, mail, phone, f"Measured {firm}", "Engineer", "Berlin"])


def imported(path: Path, memory: Memory) -> Job:
    target = target_of("people")
    owner = User.objects.get(username="root")
    with path.open("rb") as file:
        kept = keep_file(file, name=path.name, target=target.slug, owner=owner)
    plan = guess_plan(facts_of(kept.survey), target, source="measured")
    return finished(start_import(kept, plan, actor=owner), memory)


def finished(job: Job, memory: Memory) -> Job:
    """Wait for the end of a job; meanwhile look at the memory of the worker's processes."""
    while not job.is_finished:
        time.sleep(LOOK_SECONDS)
        memory.look()
        job.refresh_from_db()
    if job.state != JobState.DONE:
        raise RuntimeError(f"{job.title}: {job.state} {job.error}")
    return job


def row(name: str, job: Job, count: int, memory: Memory) -> Row:
    assert job.started_at
    assert job.finished_at
    seconds = (job.finished_at - job.started_at).total_seconds()
    print(f"{name}: {seconds:.1f} s, CPU of the worker {memory.cpu():.1f} s, memory {memory.course()}")
    return Row(
        f"{name}, {count:,} people", per_second=round(count / seconds, 1), memory_mb=round(memory.most, 1)
    )


class Memory:
    """The resident memory of the largest of a worker's processes, over time."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.seen: list[float] = []
        self.started = self._ticks()

    @property
    def most(self) -> float:
        return max(self.seen, default=0.0)

    def look(self) -> None:
        self.seen.append(max(resident(pid) for pid in self._processes()) / 1024)

    def course(self) -> str:
        """Return the memory at a quarter, a half, three quarters and the end, in megabytes."""
        places = [max(0, len(self.seen) * part // 4 - 1) for part in (1, 2, 3, 4)]
        return ", ".join(f"{self.seen[place]:.0f}" for place in places if self.seen) + " MB"

    def cpu(self) -> float:
        """Return the seconds of CPU that the worker has spent since this began to look."""
        return (self._ticks() - self.started) / os.sysconf("SC_CLK_TCK")

    def _ticks(self) -> int:
        found = 0
        for pid in self._processes():
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            found += int(fields[11]) + int(fields[12])
        return found

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        return [self.pid, *map(int, children)]


@contextmanager
def working() -> Iterator[subprocess.Popen[bytes]]:
    """Run the worker over the measured database, as ``manage.py up`` would."""
    env = os.environ | {"DATABASE_URL": database_address(), "DEBUG": "0"}
    connection.close()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--processes", "2"]
    process = subprocess.Popen(
        command, env=env, start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM)
    )
    try:
        time.sleep(8)  # so that its start is no part of what is measured
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
