"""python -m crm.embedded COMMAND …: run a command with database and broker up, started for it if need be.

Servers that "manage.py up" runs already are used; otherwise they are started and stopped again.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from crm import env
from crm.embedded.errors import CannotStart
from crm.embedded.places import Places
from crm.embedded.servers import InUse, Servers

ROOT = Path(__file__).resolve().parent.parent.parent


def main(command: list[str]) -> int:
    """Run the command and return its exit status."""
    if not command:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    shown = textwrap.shorten(shlex.join(command[1:]), 60, placeholder=" …")
    servers = Servers(Places(env.path("DATA_DIR", ROOT / "var")), what=f"“{shown}”")
    if not servers.wanted:
        os.execvp(command[0], command)
    try:
        with servers:
            status = _run(command)
            servers.wait_for_borrowers()
    except InUse:
        # The ticket stays open in the command's process and says that the servers are needed.
        ticket = servers.borrow()
        os.set_inheritable(ticket.fileno(), True)
        os.execvp(command[0], command)
    return status


def _run(command: list[str]) -> int:
    """Run the command in our terminal; Ctrl-C is its to handle, other wishes are passed on."""
    process = subprocess.Popen(command)

    def pass_on(number: int, _frame: Any) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    return process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotStart as problem:
        sys.exit(f"{problem}")
