"""Files for imports: written by the test, or from the sample data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils.functional import empty

from crm.records.importing.files import keep_file
from crm.records.importing.guessing import facts_of, guess_plan
from crm.records.importing.mapping import read_plan
from crm.records.importing.running import start_check, start_import
from crm.records.importing.targets import target_of
from crm.records.models.importing import private_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from crm.records.models import Job

Importer = Any


@pytest.fixture(autouse=True)
def _own_folder(settings: SettingsWrapper, tmp_path: Path) -> Iterator[None]:
    """Keep uploads of a test in its own folder."""
    settings.DATA_DIR = tmp_path / "var"
    private_storage._wrapped = empty
    yield
    private_storage._wrapped = empty


@pytest.fixture
def sample_data() -> Path:
    """The folder of sample data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("SAMPLE_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no sample data in {folder}: set SAMPLE_DATA")
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a text into a file and return its path."""

    def write_text(text: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write_text


@pytest.fixture
def run_import(db: None) -> Callable[..., Job]:
    """Import a file as the command does, with the guessed mapping and what the test says besides."""

    def run(slug: str, path: Path, *, check: bool = False, actor: Any = None, **mapping: Any) -> Job:
        target = target_of(slug)
        with path.open("rb") as file:
            kept = keep_file(file, name=path.name, target=slug, owner=actor)
        plan = guess_plan(facts_of(kept.survey), target, source=mapping.pop("source", path.stem))
        if mapping:
            plan = read_plan(mapping, plan)
        return (start_check if check else start_import)(kept, plan, actor=actor, now=True)

    return run


def counts(job: Job) -> dict[str, int]:
    """The five counts of a job, those above zero."""
    assert job.state == "done", job.error + job.log
    names = ("created", "updated", "unchanged", "duplicate", "error")
    return {name: job.result["counts"][name] for name in names if job.result["counts"][name]}


def reasons(job: Job) -> dict[str, str]:
    """Why rows were refused, by column."""
    return {group["column"]: group["reason"] for group in job.result["groups"]}
