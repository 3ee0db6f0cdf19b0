"""manage.py backup DIR: the whole installation in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError

from crm.embedded import copies

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Copy the whole installation (database, files, secret key) into a new folder; "
        "people may go on working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a folder that is new or empty")
        parser.add_argument("--check", action="store_true", help="only read an existing copy and check it")

    def handle(self, *, folder: Path, check: bool, **_options: Any) -> None:
        try:
            if check:
                manifest = copies.check(folder)
            else:
                manifest = copies.make(folder.absolute(), say=self.stdout.write)
        except copies.CannotCopy as error:
            raise CommandError(str(error)) from error
        rows = sum(table.rows for table in manifest.tables.values())
        self.stdout.write(
            f"{folder}: {len(manifest.tables)} tables with {rows:,} rows, {len(manifest.files):,} files."
        )
