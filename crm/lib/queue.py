"""Hands work to a worker, once the present transaction is committed.

Tasks are named by text, so that no service has to import one.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)
#: A connection may have died with a broker that is long back.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}


def enqueue(task: str, /, **kwargs: Any) -> None:
    """Send ``task`` (such as "sales.tasks.send_quote") after commit.

    A broker that is away is logged and forgiven: whatever must not be lost also lies in a
    table that a sweep reads.
    """
    transaction.on_commit(lambda: _send(task, kwargs))


def _send(task: str, kwargs: dict[str, Any]) -> None:
    known = current_app.tasks.get(task)
    try:
        if known is not None:
            known.apply_async(kwargs=kwargs, retry=True, retry_policy=ONCE_MORE)
        else:
            current_app.send_task(task, kwargs=kwargs, retry=True, retry_policy=ONCE_MORE)
    except Exception:
        if current_app.conf.task_always_eager:
            raise
        logger.warning("The broker did not take %s; the sweep will.", task, exc_info=True)
