"""What was learned from closed deals, night by night, and how well it foretold them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sales.models.pipeline import Pipeline


class ScoreModel(models.Model):
    """One learning of one pipeline: the counts, and the report of the trial. The newest one is used."""

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.CASCADE, related_name="score_models"
    )
    learned_at = models.DateTimeField(_("learned"), default=timezone.now)
    counts = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    has_skill = models.BooleanField(_("has skill"), default=False)

    class Meta:
        verbose_name = _("learned score")
        verbose_name_plural = _("learned scores")
        indexes = (models.Index(fields=["pipeline", "-learned_at"], name="score_model_newest"),)

    def __str__(self) -> str:
        return f"{self.pipeline}, {timezone.localtime(self.learned_at):%Y-%m-%d %H:%M}"
