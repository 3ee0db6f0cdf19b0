"""Hands work to a worker, once the present transaction is committed.

Tasks are named by text, so that no service has to import one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)
#: A connection may have died with a broker that is long back.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}


def app() -> Celery:
    """Return the queue that settings name."""
    found: Celery = import_string(settings.QUEUE)
    return found


def enqueue(task: str, /, **kwargs: Any) -> None:
    """Send ``task`` (such as "sales.tasks.send_quote") after commit.

    A broker that is away is logged and forgiven: whatever must not be lost also lies in a
    table that a sweep reads.
    """
    transaction.on_commit(lambda: _send(task, kwargs))


def _send(task: str, kwargs: dict[str, Any]) -> None:
    queue = app()
    known = queue.tasks.get(task)
    try:
        if known is not None:
            known.apply_async(kwargs=kwargs, retry=True, retry_policy=ONCE_MORE)
        else:
            queue.send_task(task, kwargs=kwargs, retry=True, retry_policy=ONCE_MORE)
    except Exception:
        if queue.conf.task_always_eager:
            raise
        logger.warning("The broker did not take %s; the sweep will.", task, exc_info=True)
