"""The queue: what workers run. Tasks are found in each app's tasks.py; beat names them by string."""

from __future__ import annotations

import logging.config
import os
import signal
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init
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


@task_prerun.connect
def name_log_lines(task_id: str = "", **_kwargs: Any) -> None:
    """Let each log line of a task carry the task's number."""
    logs.current_id.set(task_id[:12])


@task_postrun.connect
def forget_name(**_kwargs: Any) -> None:
    logs.current_id.set("")
