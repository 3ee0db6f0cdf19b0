"""The queue: what workers run. Tasks are found in each app's tasks.py; beat names them by string."""

from __future__ import annotations

import logging.config
import os
import signal
from typing import Any

from celery import Celery
from celery.signals import (
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_process_init,
)
from django.conf import settings

from crm import logs
from crm.embedded import children

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Log as settings say; Celery would put its own handlers in their place."""
    logging.config.dictConfig(settings.LOGGING)


@worker_process_init.connect
def die_with_worker(**_kwargs: Any) -> None:
    """A pool process whose worker was killed must not go on alone."""
    children.die_with_parent(signal.SIGKILL, parent=os.getppid())()


@before_task_publish.connect
def pass_number_on(headers: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """Send the number of the present request along with what it asks of a worker."""
    if headers is not None and (number := logs.current_id.get()):
        headers["request_number"] = number


@task_prerun.connect
def name_log_lines(task: Any = None, task_id: str = "", **_kwargs: Any) -> None:
    """Let each log line of a task carry the number of the request behind it, or else the task's."""
    logs.current_id.set(getattr(task.request, "request_number", None) or task_id[:12])


@task_postrun.connect
def forget_name(**_kwargs: Any) -> None:
    logs.current_id.set("")
