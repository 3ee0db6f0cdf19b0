"""Child processes that never outlive us and whose lines say where they come from."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PR_SET_PDEATHSIG = 1
PIPE = subprocess.PIPE


@dataclass(frozen=True)
class Account:
    """The system user a child runs as."""

    uid: int
    gid: int


def die_with_parent(sent: signal.Signals, parent: int | None = None) -> Callable[[], None]:
    """Return what a fresh child calls so that the kernel sends it ``sent`` when its parent dies.

    Linux only; elsewhere the next start clears up. It must be the parent's main thread that forks:
    the kernel looks at the thread, not at the process. ``parent`` is us unless said.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    expected = parent or os.getpid()

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, int(sent))
        if os.getppid() != expected:  # it died before we asked
            os._exit(1)

    return arm


def start(
    command: Sequence[str | Path],
    *,
    orphaned: signal.Signals,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, so that Ctrl-C reaches us first and we stop it in order."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=env,
        cwd=cwd,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=die_with_parent(orphaned),
    )


def stop(
    process: subprocess.Popen[bytes],
    *,
    asked: Sequence[tuple[signal.Signals, float]],
    told: bool = False,
) -> None:
    """Ask with each signal in turn, waiting its seconds, then kill the whole group.

    ``told`` says that the first signal has been sent already.
    """
    for number, (sent, seconds) in enumerate(asked):
        if process.poll() is not None:
            break
        if number or not told:
            process.send_signal(sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    # Grandchildren (pool and web workers) may be left even when the child itself has gone.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def alive(pid: int) -> bool:
    """Whether a process of this number runs (a zombie doesn't)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return True


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait until a process that is not our child has ended; say whether it has."""
    until = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


class Prefixed:
    """Writes what children print to our terminal, each line headed by the child's name."""

    def __init__(self, target: IO[str]) -> None:
        self.target = target
        self.turn = threading.Lock()
        self.colours = target.isatty() and "NO_COLOR" not in os.environ

    def follow(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Copy the child's output in a thread until it closes."""
        threading.Thread(target=self._copy, args=(name, process), daemon=True).start()

    def say(self, name: str, text: str) -> None:
        head = f"{name:<8}| "
        if self.colours:
            head = f"\033[36m{head}\033[0m"
        # A terminal that was closed is no reason to stop serving.
        with self.turn, contextlib.suppress(OSError, ValueError):
            self.target.write(f"{head}{text}\n")
            self.target.flush()

    def _copy(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if text := line.decode("utf-8", errors="replace").rstrip():
                self.say(name, text)


def command_of(pid: int) -> str:
    """Return the command line of a process, "" when it is gone. Slim systems have no ``ps``."""
    if not alive(pid):
        return ""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return shown.stdout.strip()


def end_orphan(note: Path, word: str, asked: Sequence[signal.Signals]) -> None:
    """End a server that a killed parent left behind: its number is the first line of ``note``.

    It is given time to end by itself first. ``word`` must be in its command, as numbers are reused.
    """
    try:
        pid = int(note.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return
    for sent in (None, *asked):
        if word not in command_of(pid):
            return
        if sent is not None:
            os.kill(pid, sent)
        wait_until_gone(pid, 5)
