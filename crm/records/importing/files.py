"""Files brought to be imported: kept privately, recognised, surveyed, and forgotten in time."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File

from crm.identity.models import Organisation, User
from crm.lib.tabular import Shape, Table, open_table, survey_table
from crm.lib.tabular.survey import preview_rows, survey_json
from crm.records.models import ImportFile, Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_MONTH_FIRST = frozenset({"US", "PH"})
_COMMA_FIRST = frozenset(
    [
        "RU",
        "BY",
        "KZ",
        "UA",
        "DE",
        "AT",
        "CH",
        "FR",
        "ES",
        "IT",
        "PT",
        "NL",
        "BE",
        "PL",
        "CZ",
        "SK",
        "BG",
        "RO",
        "RS",
        "HR",
        "SI",
        "HU",
        "FI",
        "SE",
        "NO",
        "DK",
        "EE",
        "LV",
        "LT",
        "GR",
        "TR",
        "BR",
        "AR",
    ]
)


def keep_file(file: IO[bytes], *, name: str, target: str, owner: User | None) -> ImportFile:
    """Keep an upload, recognise its layout and look at its columns.

    Raises:
        TableError: when it is no table; nothing is kept then.
    """
    kept = ImportFile(target=target, name=Path(name).name[:255] or "file", owner=owner)
    kept.stored.save("source", File(file), save=False)
    path = Path(kept.stored.path)
    kept.size = path.stat().st_size
    kept.digest = _digest(path)
    try:
        survey_file(kept, None)
    except Exception:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    kept.save()
    return kept


def survey_file(kept: ImportFile, shape: Shape | None) -> None:
    """Read the file under a shape (None: recognise it) and note what its columns hold; not saved."""
    table = open_table(Path(kept.stored.path), shape)
    organisation = Organisation.load()
    survey = survey_table(table)
    kept.shape = table.shape.as_json()
    kept.survey = survey_json(
        survey,
        month_first=organisation.country in _MONTH_FIRST,
        comma_first=organisation.country in _COMMA_FIRST,
    )
    single = len(table.header) == 1 and not table.shape.mangled and table.shape.kind == "csv"
    kept.survey["looks_mangled"] = single and open_table(Path(kept.stored.path)).shape.mangled
    kept.survey["sheets"] = list(table.sheets)
    kept.survey["preview"] = [[line, [cell[:200] for cell in cells]] for line, cells in preview_rows(table)]


def shape_of(kept: ImportFile) -> Shape:
    """The layout under which the file is read."""
    return Shape(**kept.shape)


def table_of(kept: ImportFile) -> Table:
    """The file as a table."""
    return open_table(Path(kept.stored.path), shape_of(kept))


def reshape(kept: ImportFile, **changes: Any) -> None:
    """Read the file another way: another encoding, separator, sheet, header line, or repaired.

    Raises:
        TableError: when it can't be read like that; the file is left as it was.
    """
    before = kept.shape, kept.survey
    try:
        survey_file(kept, replace(shape_of(kept), **changes))
    except Exception:
        kept.shape, kept.survey = before
        raise
    kept.mapping = {}
    kept.save(update_fields=["shape", "survey", "mapping"])


def earlier_import(kept: ImportFile) -> Job | None:
    """The last import of the very same file, if it still stands."""
    same = ImportFile.objects.filter(digest=kept.digest, target=kept.target).values_list("pk", flat=True)
    return (
        Job.objects.filter(kind="import", state="done", params__file__in=list(same)).order_by("-pk").first()
    )


def private_folder(name: str, *, make: bool = False) -> Path:
    """A folder of files that only our own pages hand out."""
    folder = Path(settings.DATA_DIR) / "media" / "private" / name
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder_of(kept: ImportFile) -> Path:
    """Where the file and the reports about it lie."""
    return Path(kept.stored.path).parent


def forget_files(*, before: datetime) -> int:
    """Drop files that nobody needs any more; what was imported from them stays."""
    count = 0
    for kept in ImportFile.objects.filter(created_at__lt=before):
        shutil.rmtree(folder_of(kept), ignore_errors=True)
        kept.delete()
        count += 1
    for path in private_folder("exports").glob("*"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            count += 1
    return count


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        read: Callable[[], bytes] = lambda: file.read(1024 * 1024)  # noqa: E731
        for block in iter(read, b""):
            found.update(block)
    return found.hexdigest()
