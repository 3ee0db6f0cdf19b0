"""``manage.py import_records TYPE FILE``: the import page without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from crm.identity.models import User
from crm.lib.tabular import TableError
from crm.records import tasks  # noqa: F401  (jobs find their handlers)
from crm.records.importing.cells import order_label
from crm.records.importing.files import keep_file, reshape
from crm.records.importing.guessing import facts_of, guess_plan
from crm.records.importing.mapping import (
    MODES,
    OUTSIDE_ID,
    ROW_NUMBER,
    WHOLE,
    ImportPlan,
    MappingError,
    read_plan,
)
from crm.records.importing.running import start_check, start_import
from crm.records.importing.targets import Target, target_of, targets
from crm.records.models import ImportFile, Job, JobState

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Import a CSV or a workbook: records are created, updated, or found unchanged. "
        'A map is JSON: {"column": "field"}, or {"columns": {"column": {"field": …, "date": "dmy", '
        '"values": {"GTXPro": "GTX Pro"}, "unknown": "create|empty|error"}}, "constants": {"field": '
        '{"value": "text with {column} and {row}", "always": false, "where": {"field": ["text"]}}}, '
        '"match": [fields], "mode": …, "source": …}. Columns that it does not name are guessed, null '
        'leaves one out; "id" is the field of another system\'s key, "row" matches by row number.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", help="people, companies, deals, products, activities, users …")
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", type=Path, help='JSON: {"column": "field"} or the full form')
        parser.add_argument("--match", help="what identifies a record: fields or columns, by comma")
        parser.add_argument("--mode", choices=MODES)
        parser.add_argument("--source", help="whose ids the file holds (default: the file's stem)")
        parser.add_argument("--as-found", action="store_true", help="do not repair a mangled file")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
        parser.add_argument("--as", dest="user", help="import with the rights of this user")
        parser.add_argument("--run-rules", action="store_true", help="let rules act on what it makes")
        parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        target = self._target(options["type"])
        actor = self._actor(options["user"])
        kept = self._keep(options["file"], target, actor)
        if kept.shape["mangled"] and options["as_found"]:
            reshape(kept, mangled=False)
        try:
            plan = self._plan(kept, target, options)
            self._warn(kept, plan)
            if options["dry_run"]:
                job = start_check(kept, plan, actor=actor, now=True)
            else:
                job = start_import(kept, plan, actor=actor, now=True, run_rules=options["run_rules"])
        except MappingError as refused:
            raise CommandError(str(refused)) from refused
        if job.state != JobState.DONE:
            raise CommandError(f"Job {job.pk} {job.state}: {job.error}")
        self._tell(job, as_json=options["json"])

    def _target(self, name: str) -> Target:
        try:
            return target_of(name)
        except KeyError:
            known = ", ".join(target.slug for target in targets())
            raise CommandError(f"There is no type “{name}”. Types are: {known}.") from None

    def _actor(self, name: str | None) -> User | None:
        if not name:
            return None
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user “{name}”.")
        return user

    def _keep(self, path: Path, target: Target, actor: User | None) -> ImportFile:
        try:
            with path.open("rb") as file:
                return keep_file(file, name=path.name, target=target.slug, owner=actor)
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from error
        except TableError as error:
            raise CommandError(str(error)) from error

    def _plan(self, kept: ImportFile, target: Target, options: dict[str, Any]) -> ImportPlan:
        source = options["source"] or options["file"].stem
        plan = guess_plan(facts_of(kept.survey), target, source=source)
        if options["map"]:
            try:
                plan = read_plan(json.loads(options["map"].read_text("utf-8")), plan)
            except (OSError, ValueError) as error:
                raise CommandError(f"{options['map']} can't be read: {error}.") from error
        plan.source = options["source"] or plan.source
        plan.mode = options["mode"] or plan.mode
        if options["match"]:
            plan.match = [one.strip() for one in options["match"].split(",") if one.strip()]
        return settle_match(plan, target)

    def _warn(self, kept: ImportFile, plan: ImportPlan) -> None:
        """Say what a person would have been asked or shown on the page."""
        if kept.shape["mangled"]:
            self.stderr.write("Each row is one quoted cell that holds a whole row: read repaired.")
        for facts in facts_of(kept.survey):
            rule = plan.columns.get(facts.name)
            if rule and rule.field and facts.date_ambiguous:
                self.stderr.write(
                    f"The dates of “{facts.name}” can be read in two ways; read as {order_label(rule.date)}."
                )

    def _tell(self, job: Job, *, as_json: bool) -> None:
        counts = job.result["counts"]
        summary = {
            "job": job.pk,
            "created": counts["created"],
            "updated": counts["updated"],
            "unchanged": counts["unchanged"],
            "duplicates": counts["duplicate"],
            "errors": counts["error"],
            "seconds": job.result["seconds"],
        }
        if as_json:
            self.stdout.write(json.dumps(summary))
            return
        for name, value in summary.items():
            self.stdout.write(f"{name:>10}  {value}")
        for group in job.result["groups"][:20]:
            self.stdout.write(f"  {group['count']} × {group['column']}: {group['reason']}")


def settle_match(plan: ImportPlan, target: Target) -> ImportPlan:
    """Read match keys given as columns or fields; a column that is no field holds outside ids.

    Raises:
        MappingError: when a key is neither.
    """
    keys = []
    for name in plan.match:
        rule = plan.columns.get(name)
        if name in (OUTSIDE_ID, ROW_NUMBER, WHOLE) and rule is None:
            keys.append(name)
        elif rule is not None and rule.field:
            keys.append(rule.field)
        elif rule is not None:
            for other in plan.columns.values():
                other.field = "" if other.field == OUTSIDE_ID else other.field
            rule.field = OUTSIDE_ID
            keys.append(OUTSIDE_ID)
        elif name in target.fields():
            keys.append(name)
        else:
            raise MappingError(f"“{name}” is neither a column of the file nor a field.")
    plan.match = list(dict.fromkeys(keys))
    return plan
