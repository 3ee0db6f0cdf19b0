"""Sending what waits for webhooks, several at a time: an address that is slow holds up no other."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections
from django.utils import timezone

from crm.automation import hooks
from crm.lib import queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.automation.models import HookDelivery

#: So many messages to one hook are on their way at a time.
MOST_OF_ONE = 2
#: After so many seconds no more are taken; what is left is asked for anew, behind what waited meanwhile.
SECONDS = 20.0
MOST = 1000


class Sending:
    """One turn of sending, by several threads."""

    def __init__(self, *, most: int = MOST, seconds: float = SECONDS) -> None:
        self.left = most
        self.until = monotonic() + seconds
        self.tried = 0
        self.is_cut = False
        self.under_way: Counter[int] = Counter()
        self.lock = threading.Lock()

    def run(self, at_once: int) -> int:
        """Send what is due; return how many messages were tried."""
        if at_once <= 1:
            self.work()
        else:
            with ThreadPoolExecutor(at_once, thread_name_prefix="hooks") as pool:
                for done in [pool.submit(self.work_apart) for _number in range(at_once)]:
                    done.result()
        return self.tried

    def work_apart(self) -> None:
        """Send in a thread of its own, which gives its connection back at the end."""
        try:
            self.work()
        finally:
            connections.close_all()

    def work(self) -> None:
        """Send one message after the other until there is none that this thread may take."""
        while True:
            with self.taken() as row:
                if row is None:
                    return
                hooks.deliver(row)

    @contextmanager
    def taken(self) -> Iterator[HookDelivery | None]:
        """Give the next message, whose hook has a place free."""
        with self.lock:
            row = self.next()
            if row is not None:
                self.under_way[row.webhook_id] += 1
                self.tried += 1
                self.left -= 1
        try:
            yield row
        finally:
            if row is not None:
                with self.lock:
                    self.under_way[row.webhook_id] -= 1

    def next(self) -> HookDelivery | None:
        if self.left <= 0 or monotonic() > self.until:
            self.is_cut = True
            return None
        full = [pk for pk, count in self.under_way.items() if count >= MOST_OF_ONE]
        return hooks.claim(timezone.now(), besides=full)


def send_waiting() -> int:
    """Send messages that are due; return how many were tried."""
    sending = Sending()
    tried = sending.run(settings.HOOKS_AT_ONCE)
    if sending.is_cut:
        queue.enqueue(hooks.SEND)
    return tried
