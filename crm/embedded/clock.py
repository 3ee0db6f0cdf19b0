"""The clock: asks workers at fixed intervals for what is due. What is due lies in the database.

So a second clock, a late tick or a lost one changes nothing: a worker claims each due row once.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError
from redis import RedisError

from crm import health
from crm.celery import app
from crm.embedded.first_steps import FirstPassword

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 15


def run() -> None:
    """Tick until SIGTERM or Ctrl-C."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_signal: ended.set())
    next_at = dict.fromkeys(settings.BEAT, 0.0)
    heartbeat_at = 0.0
    while not ended.wait(max(0.0, min([heartbeat_at, *next_at.values()]) - time.monotonic())):
        now = time.monotonic()
        try:
            if heartbeat_at <= now:
                health.tick()
                forget_first_password()
                heartbeat_at = now + HEARTBEAT_SECONDS
            ask(next_at, settings.BEAT, now)
        except (OperationalError, RedisError) as error:
            logger.warning("The broker does not answer: %s", error)
            ended.wait(2)


def forget_first_password() -> None:
    """Remove the file with the first password soon after it was changed."""
    password = FirstPassword(settings.PLACES.first_password)
    if not password.text:
        return
    with contextlib.suppress(DatabaseError):
        password.forget_if_changed()
    connection.close()


def ask(next_at: dict[str, float], every: Mapping[str, int], now: float) -> None:
    """Send the tasks whose time has come. A message that nobody took in time is worth nothing later."""
    for task, at in next_at.items():
        if at <= now:
            app.send_task(task, expires=every[task] * 3, retry=False)
            next_at[task] = now + every[task]
