"""Folders and the system user of the embedded servers.

PostgreSQL refuses to run as root. Started by root it runs under a number of its own that has no
password entry, no shell and no group; its data, sockets and programs lie where that user can go.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from crm.embedded.children import Account
from crm.embedded.errors import CannotStart
from crm.embedded.places import make_data_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.embedded.places import Places

#: In the range that Debian and systemd leave to programs that need a user without a name.
OWN_NUMBER = 64735
#: initdb alone insists on a user who has a name; what it makes is handed to OWN_NUMBER.
NOBODY = Account(65534, 65534)


def account_for(places: Places) -> Account | None:
    """Return the user for the servers, None when we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(OSError):
        owner = places.postgres.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    return Account(OWN_NUMBER, OWN_NUMBER)


def runs(command: Sequence[str | Path], account: Account | None) -> bool:
    """Whether the command ends well for this user."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except PermissionError:
        return False
    except OSError as error:
        if account is None or os.geteuid() != 0:
            raise
        raise CannotStart(
            f"PostgreSQL refuses to run as root, and no other user can be used here ({error.strerror}). "
            "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
        ) from error
    return done.returncode == 0


def can_enter(folder: Path, account: Account | None) -> bool:
    return runs(["/bin/sh", "-c", 'cd "$1"', "sh", folder], account)


def make_private(folder: Path, account: Account | None) -> None:
    """Make a folder only the servers' user may enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def prepare_data_dir(places: Places) -> None:
    """Make the data folder, or say that it isn't ours."""
    make_data_dir(places.data_dir)
    if not os.access(places.data_dir, os.W_OK | os.X_OK):
        raise CannotStart(
            f"The data folder {places.data_dir} can't be written by this user. "
            "Start as its owner, or let DATA_DIR name another folder."
        )
    places.logs.mkdir(mode=0o700, exist_ok=True)


def home_of(part: Path, places: Places, account: Account | None) -> Path:
    """Return where a server's data really lies: in the data folder, or on open ground behind a link."""
    if part.is_symlink() or part.exists():
        return part.resolve()
    if account is None or can_enter(places.data_dir, account):
        return part
    elsewhere = _open_ground(places) / part.name
    if elsewhere.exists():
        # Of an installation whose folder was deleted. It must not come back to life in a new one.
        old = elsewhere.with_name(f"{part.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        elsewhere.rename(old)
    part.symlink_to(elsewhere)
    return elsewhere


def make_socket_dir(places: Places, account: Account | None) -> None:
    """Make the folder of sockets; one that somebody else has put there is refused."""
    folder = places.sockets
    owner = account.uid if account else os.geteuid()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        make_private(folder, account)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise CannotStart(
            f"{folder} belongs to somebody else or is open to others, so it can't hold our sockets. "
            "Remove it and start again."
        )


def programs(package: str, places: Places, account: Account | None, probe: str) -> Path:
    """Return the folder of an installed package whose programs the servers' user can run.

    ``probe`` is a program in it that answers --version. A checkout below a closed folder (such as
    root's home) is out of that user's reach: the package is copied to open ground then.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"The Python package {package} is missing: run script/setup.")
    installed = Path(spec.submodule_search_locations[0])
    if runs([installed / probe, "--version"], account):
        return installed
    copy = _copy_of(installed, places)
    if not runs([copy / probe, "--version"], account):
        raise CannotStart(
            f"{copy / probe} doesn't run on this machine. Artel's own database needs Linux with glibc "
            "(Debian, Ubuntu, Fedora …) or macOS; elsewhere set DATABASE_URL and REDIS_URL."
        )
    return copy


def _copy_of(installed: Path, places: Places) -> Path:
    """Copy a package with the libraries beside it, once per installed version."""
    version = str(int((installed / "__init__.py").stat().st_mtime))
    target = _open_ground(places) / "programs" / f"{installed.name}-{version}"
    if not target.exists():
        for outdated in target.parent.glob(f"{installed.name}-*"):
            shutil.rmtree(outdated)
        draft = target.with_name(f"{target.name}.new")
        for name in (installed.name, f"{installed.name}.libs"):
            if (source := installed.with_name(name)).exists():
                shutil.copytree(source, draft / name, symlinks=True, ignore=_not_needed)
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        draft.rename(target)
    return target / installed.name


def _not_needed(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("include", "__pycache__")]


def _open_ground(places: Places) -> Path:
    try:
        places.open_ground.mkdir(mode=0o755, exist_ok=True)
        places.open_ground.chmod(0o755)
    except OSError as error:
        raise CannotStart(
            f"{places.data_dir} is closed to the database's own user, and {places.open_ground} can't be "
            f"made ({error.strerror}). Let DATA_DIR name a folder that every user may pass through."
        ) from error
    return places.open_ground
