"""Who gets the next one: people who take turns, and what each was given and why."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.automation.models.rule import Rule


class Rotation(models.Model):
    """People among whom new work is shared."""

    class By(models.TextChoices):
        TURN = "turn", _("in turn")
        LOAD = "load", _("to whoever has least open")

    name = models.CharField(_("name"), max_length=120)
    by = models.CharField(_("how"), max_length=5, choices=By, default=By.TURN)
    team = models.ForeignKey(
        "identity.Team",
        verbose_name=_("of team"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Its lead may pause people and change what they can take."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("rotation")
        verbose_name_plural = _("rotations")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="rotation_name_unique",
                violation_error_message=_("There is a rotation of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """One person in a rotation."""

    rotation = models.ForeignKey(
        Rotation, verbose_name=_("rotation"), on_delete=models.CASCADE, related_name="seats"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    is_paused = models.BooleanField(_("paused"), default=False)
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    most_open = models.PositiveIntegerField(
        _("most open at a time"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    most_a_day = models.PositiveIntegerField(
        _("most a day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    #: The number of the last turn this person had: who has the smallest is next.
    last_turn = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("person of a rotation")
        verbose_name_plural = _("people of a rotation")
        constraints = (
            models.UniqueConstraint(
                fields=["rotation", "user"],
                name="rotation_seat_once",
                violation_error_message=_("This person takes part already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}"


class Assignment(models.Model):
    """Who was given what, and why this person."""

    rotation = models.ForeignKey(
        Rotation, verbose_name=_("rotation"), on_delete=models.CASCADE, related_name="assignments"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    rule = models.ForeignKey(
        Rule, verbose_name=_("rule"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    title = models.CharField(_("record"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        indexes = (
            models.Index(fields=["rotation", "user", "at"], name="assignment_of_day"),
            models.Index(fields=["type_id", "record_id"], name="assignment_record"),
        )

    def __str__(self) -> str:
        return f"{self.title} → {self.user}"
