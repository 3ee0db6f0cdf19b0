"""How soon a new lead is to be answered: in so many working minutes, by a team's calendar."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable


class ResponseClock(SmallTable):
    """Until when the first answer to a lead of one team is due; without a team, to any other lead."""

    team = models.ForeignKey(
        "identity.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Left empty, the clock counts for leads of all teams without one of their own."),
    )
    minutes = models.PositiveIntegerField(
        _("working minutes"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
        help_text=_("A new lead is to be answered within so many minutes of working time."),
    )
    calendar = models.ForeignKey(
        "timeline.WorkCalendar",
        verbose_name=_("work calendar"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Left empty, the usual one."),
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switched off, nobody is told that an answer is late.")
    )

    class Meta:
        verbose_name = _("first answer to leads")
        verbose_name_plural = _("first answers to leads")
        constraints = (
            models.UniqueConstraint(
                fields=["team"],
                name="response_clock_one_per_team",
                nulls_distinct=False,
                violation_error_message=_("There is a clock for this already."),
            ),
            models.CheckConstraint(condition=models.Q(minutes__gte=1), name="response_clock_takes_time"),
        )

    def __str__(self) -> str:
        return str(self.team or _("All teams"))
