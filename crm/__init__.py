"""Artel's kernel and shell. The queue is set up whenever Django is."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
