"""Keeps the processes of an installation running, and ends them in order."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from crm.embedded import children
from crm.embedded.errors import CannotStart

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

#: A vital part that ends more often within a minute ends us all: nothing works without it.
MOST_RESTARTS = 5


class Part(Protocol):
    """One of the processes: how to start and to stop it."""

    name: str
    vital: bool

    def start(self) -> subprocess.Popen[bytes]: ...

    def stop(self, process: subprocess.Popen[bytes]) -> None: ...


@dataclass
class Program:
    """One of our own processes: web, worker or beat."""

    name: str
    command: Sequence[str]
    #: Signals that ask it to end, each with the seconds it is given.
    asked: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 4),)
    vital: bool = False
    orphaned: signal.Signals = signal.SIGKILL
    told: bool = False

    def start(self) -> subprocess.Popen[bytes]:
        return children.start([sys.executable, *self.command], orphaned=self.orphaned, output=children.PIPE)

    def ask_to_end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.send_signal(self.asked[0][0])
            self.told = True

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        children.stop(process, asked=self.asked, told=self.told)


@dataclass
class Running:
    part: Part
    process: subprocess.Popen[bytes]
    restarts: list[float] = field(default_factory=list)
    again_at: float = 0.0


class Supervisor:
    """The parts in the order they were started; as a context it stops them all at the end."""

    def __init__(self, lines: children.Prefixed) -> None:
        self.lines = lines
        self.running: list[Running] = []
        self.watching = False
        self.asked_to_stop = False

    def __enter__(self) -> Supervisor:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def launch(self, part: Part) -> None:
        """Start a part and show its lines."""
        self.adopt(part, part.start())

    def adopt(self, part: Part, process: subprocess.Popen[bytes], *, first: bool = False) -> None:
        """Watch over a part that runs already; ``first`` means that others need it: it is stopped last."""
        self.running.insert(0 if first else len(self.running), Running(part, process))
        if process.stdout:
            self.lines.follow(part.name, process)

    def drop(self, part: Part) -> None:
        """Stop one part and watch it no more."""
        for one in [one for one in self.running if one.part is part]:
            self.running.remove(one)
            part.stop(one.process)

    def run(self, part: Part) -> None:
        """Start a part that ends by itself, and wait until it has ended well."""
        self.launch(part)
        ran = self.running.pop()
        try:
            if ran.process.wait():
                raise CannotStart(f"{part.name} ended with {ran.process.returncode}: see above.")
        finally:
            part.stop(ran.process)

    def watch(self) -> None:
        """Restart what ends by itself, until somebody asks to stop."""
        self.watching = True
        while not self.asked_to_stop:
            now = time.monotonic()
            for one in self.running:
                if one.process.poll() is not None and now >= one.again_at:
                    self._restart(one, now)
            time.sleep(0.2)

    def check(self) -> None:
        """Raise when a part has ended; for use while others are still starting."""
        for one in self.running:
            if one.process.poll() is not None:
                raise CannotStart(f"{one.part.name} ended with {one.process.returncode} while starting.")

    def stop(self) -> None:
        """End all parts, the last started first: asked together, waited for one by one."""
        # Whoever is impatient and presses Ctrl-C again must not leave half of them behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for one in self.running:
            if isinstance(one.part, Program):
                one.part.ask_to_end(one.process)
        while self.running:
            one = self.running.pop()
            one.part.stop(one.process)

    def _restart(self, one: Running, now: float) -> None:
        """Start a part again, at once the first time, ever later if it keeps ending."""
        one.restarts = [*(then for then in one.restarts if now - then < 60), now]
        if len(one.restarts) > MOST_RESTARTS and one.part.vital:
            raise CannotStart(f"{one.part.name} ended {len(one.restarts)} times within a minute.")
        self.lines.say(one.part.name, f"ended with {one.process.returncode}; starting it again")
        one.part.stop(one.process)  # what is left of its group
        one.again_at = now + 2 ** min(len(one.restarts), 5)
        one.process = one.part.start()
        if one.process.stdout:
            self.lines.follow(one.part.name, one.process)

    def _stop_soon(self, _number: int, _frame: Any) -> None:
        if self.asked_to_stop:
            return
        self.asked_to_stop = True
        self.lines.say("artel", "stopping")
        if not self.watching:  # while starting, nothing looks at the wish
            raise KeyboardInterrupt
