"""Long work that a person can watch, stop and undo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.records.phrases import say


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Undone")


class JobCancelled(Exception):
    """The person asked the job to stop."""


class JobRefused(Exception):
    """The job can't be done; the text says why, in the user's words."""


class Job(models.Model):
    """One piece of long work: what it is, how far it got, and what came of it."""

    kind = models.CharField(_("kind"), max_length=40)
    title = models.CharField(_("title"), max_length=300)
    state = models.CharField(_("state"), max_length=12, choices=JobState, default=JobState.QUEUED)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    cursor = models.JSONField(null=True, blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("of"), default=0)
    message = models.CharField(_("message"), max_length=300, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    log = models.TextField(_("log"), blank=True)
    error = models.TextField(_("error"), blank=True)
    cancel_requested = models.BooleanField(default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="jobs",
    )
    undoes = models.ForeignKey(
        "self",
        verbose_name=_("undoes"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="undone_by",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = (
            models.Index(fields=["-created_at"], name="job_recent"),
            models.Index(fields=["actor", "-created_at"], name="job_of_actor"),
            models.Index(
                fields=["heartbeat_at"],
                name="job_unfinished",
                condition=models.Q(state__in=["queued", "running"]),
            ),
        )

    def __str__(self) -> str:
        return self.caption

    @property
    def kept_title(self) -> Any:
        """The title as it is kept for readers of any language; older jobs have it in one."""
        return self.params.get("title") or self.title

    @property
    def caption(self) -> str:
        """The title in the reader's language."""
        kept = self.kept_title
        text = say(kept) if isinstance(kept, dict) else str(kept)
        return text[:1].upper() + text[1:]

    @property
    def is_finished(self) -> bool:
        return self.state not in (JobState.QUEUED, JobState.RUNNING)

    @property
    def share(self) -> int:
        """How much is done, in whole percent."""
        if self.state in (JobState.DONE, JobState.UNDONE):
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0

    @property
    def seconds_left(self) -> int | None:
        """What remains at the pace so far; None while there is no pace."""
        if not self.started_at or not self.done or not self.total or self.is_finished:
            return None
        spent = (timezone.now() - self.started_at).total_seconds()
        return round(spent * (self.total - self.done) / self.done)

    def progress(self, done: int | None = None, total: int | None = None, message: str | None = None) -> None:
        """Tell how far the work is, and stop here if the person asked to.

        Raises:
            JobCancelled: when a cancel was requested.
        """
        self.refresh_from_db(fields=["cancel_requested"])
        if self.cancel_requested:
            raise JobCancelled
        self._advance(done, total, message)

    def checkpoint(self, cursor: Any, *, done: int | None = None, message: str | None = None) -> None:
        """Keep where to go on after a kill; call it inside the chunk's transaction."""
        self.cursor = cursor
        self._advance(done, None, message, extra=["cursor"])

    def _advance(
        self, done: int | None, total: int | None, message: str | None, extra: list[str] | None = None
    ) -> None:
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        self.message = self.message if message is None else str(message)[:300]
        self.heartbeat_at = timezone.now()
        self.save(update_fields=["done", "total", "message", "heartbeat_at", *(extra or [])])
