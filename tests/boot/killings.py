"""Makes work for the workers of an installation that a test has started, and counts what came of it.

Runs inside of it, by ``manage.py shell``: ``main("begin", "import", folder)`` starts the work,
``hurry`` lets lost work be found at once, ``count`` tells what there is.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from contacts.models import Person
from crm.identity.models import User
from crm.records import jobs
from crm.records.importing.files import keep_file
from crm.records.importing.guessing import facts_of, guess_plan
from crm.records.importing.running import start_import
from crm.records.importing.targets import target_of
from crm.records.models import Event, Job, Search

PEOPLE = 6000


def root() -> User:
    return User.objects.get(username="root")


def begin_import(folder: Path) -> None:
    """Have 6,000 people imported, by chunks of a thousand."""
    path = folder / "people.csv"
    rows = [f"Zara{n},Quill{n},zara{n}@killed.example" for n in range(PEOPLE)]
    path.write_text("\n".join(["first name,last name,email", *rows]), encoding="utf-8")
    with path.open("rb") as file:
        kept = keep_file(file, name=path.name, target="people", owner=root())
    plan = guess_plan(facts_of(kept.survey), target_of("people"), source="killed")
    start_import(kept, plan, actor=root())


def hurry() -> None:
    """Let what was not heard of for three seconds seem lost for long, and hand it out again."""
    now = timezone.now()
    silent = Job.objects.filter(state="running", heartbeat_at__lt=now - timedelta(seconds=3))
    silent.update(heartbeat_at=now - timedelta(hours=1))
    jobs.sweep()


def count() -> dict[str, object]:
    """Count what must be there once for each row."""
    people = Person.objects.filter(email__endswith="@killed.example")
    ids = people.values("pk")
    told = Event.objects.filter(type_id=Person.record_type.id, record_id__in=ids)
    return {
        "people": people.count(),
        "mails": people.values("email").distinct().count(),
        "created": told.filter(name="person.created").count(),
        "searched": Search.objects.filter(type_id=Person.record_type.id, record_id__in=ids).count(),
        "failed jobs": list(Job.objects.exclude(error="").values_list("error", flat=True)),
    }


BEGIN = {"import": begin_import}


def main(*words: str) -> None:
    match words:
        case ("begin", what, folder):
            BEGIN[what](Path(folder))
        case ("hurry",):
            hurry()
        case ("count",):
            print(json.dumps(count()))
