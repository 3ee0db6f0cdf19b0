"""A mailer that is killed: a process of its own, which sends each letter in a fork that dies at a point.

``python -m tests.mail.child POINT COUNT``; POINT "" lets it live.
"""

from __future__ import annotations

import os
import signal
import sys

import django


def main(point: str, count: int) -> None:
    django.setup()
    from crm.mail.sending import mailer, points

    def die(here: str) -> None:
        if here == point:
            os.kill(os.getpid(), signal.SIGKILL)

    points.reached = die
    for _turn in range(count):
        pid = os.fork()
        if pid == 0:
            mailer.send_next()
            os._exit(0)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
