"""manage.py restore DIR: a copy brought back into an empty installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError

from crm.embedded import copies, first_steps

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Bring back what “backup” has copied, into an empty installation; compare rows and checksums."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a folder made by backup")
        parser.add_argument(
            "--replace", action="store_true", help="throw away what this installation holds at present"
        )

    def handle(self, *, folder: Path, replace: bool, **_options: Any) -> None:
        try:
            manifest = copies.bring_back(folder.absolute(), replace=replace, say=self.stdout.write)
        except copies.CannotCopy as error:
            raise CommandError(str(error)) from error
        first_steps.migrate()
        first_steps.forget_cached()
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"Restored the copy of {manifest.made_at}: {len(manifest.tables)} tables with {rows:,} rows, "
            f"{len(manifest.files):,} files, all equal to the copy."
        )
