"""A copy of the whole installation comes back whole in an empty place, or says why not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from crm.embedded import copies
from crm.embedded.places import Places
from tests.boot import ROOT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LETTER = "Договор № 5.txt"


def run(data_dir: Path, *commands: str) -> subprocess.CompletedProcess[str]:
    """Run management commands one after another beside servers of their own."""
    manage = f"{sys.executable} manage.py"
    script = " && ".join(f"{manage} {command}" for command in commands)
    return subprocess.run(
        [sys.executable, "-m", "crm.embedded", "/bin/sh", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=clean_environment(data_dir),
    )


def forget(data_dir: Path) -> None:
    for folder in (Places(data_dir).sockets, Places(data_dir).open_ground):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation with a company and an upload, and its copy beside it in the folder "copy"."""
    data_dir = tmp_path_factory.mktemp("old") / "data"
    upload = data_dir / "media" / "deals" / LETTER
    upload.parent.mkdir(parents=True)
    upload.write_text("signed", encoding="utf-8")
    copy = data_dir.with_name("copy")
    done = run(data_dir, "migrate -v0", "demo --people 200 --seed 3 --password demo", f"backup {copy}")
    assert done.returncode == 0, done.stderr
    yield data_dir
    forget(data_dir)


@pytest.fixture
def copy(old: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(old.with_name("copy"), tmp_path / "copy")


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Path]:
    data_dir = tmp_path / "new" / "data"
    yield data_dir
    forget(data_dir)


def test_a_copy_comes_back_with_every_row_and_file(old, new):
    made = copies.Manifest.read(old.with_name("copy"))

    restored = run(new, f"restore {old.with_name('copy')}", f"backup {new.with_name('again')}")

    assert restored.returncode == 0, restored.stderr
    again = copies.Manifest.read(new.with_name("again"))
    assert made.tables["contacts_person"].rows == 200
    assert again.tables == made.tables
    assert again.files == made.files
    assert (new / "media" / "deals" / LETTER).read_text(encoding="utf-8") == "signed"
    assert (new / "secret_key").read_bytes() == (old / "secret_key").read_bytes()


def test_a_place_in_use_is_not_overwritten(old):
    refused = run(old, f"restore {old.with_name('copy')}")

    assert refused.returncode == 1
    assert "it has users" in refused.stderr


def test_a_used_folder_is_not_overwritten(old):
    with pytest.raises(copies.CannotCopy, match="is not empty"):
        copies._claim(old)


def test_a_damaged_copy_is_refused_by_name(copy):
    letter = copy / "files" / "deals" / LETTER
    letter.write_text("forged", encoding="utf-8")

    with pytest.raises(copies.CannotCopy, match=r"Договор № 5\.txt is damaged"):
        copies.check(copy)


def test_a_copy_that_was_interrupted_is_refused(copy):
    (copy / "manifest.json").unlink()

    with pytest.raises(copies.CannotCopy, match="no finished copy"):
        copies.check(copy)


def test_a_copy_without_a_part_of_the_database_is_refused(copy):
    (copy / "database" / "toc.dat").unlink()

    with pytest.raises(copies.CannotCopy, match=r"toc\.dat is missing"):
        copies.check(copy)


def test_a_copy_of_a_newer_version_is_refused(copy, db):
    content = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    content["migrations"].append("sales.9999_of_the_future")
    (copy / "manifest.json").write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(copies.CannotCopy, match=r"newer version of Artel \(it has sales\.9999"):
        copies.bring_back(copy, replace=False, say=print)


def test_a_lost_row_is_noticed(old, db):
    made = copies.Manifest.read(old.with_name("copy"))

    differing = copies.differences(made)

    assert "contacts_person" in differing
