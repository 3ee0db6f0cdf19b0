"""Pipelines, their stages, and the reasons for which deals are lost: kept by administrators."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.identity.access import access_for
from crm.identity.small import SmallTable
from crm.lib import money


class Pipeline(SmallTable):
    """One way of selling: an ordered row of stages."""

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("New deals go here unless somebody says otherwise.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("What is switched off keeps its deals but takes no new ones.")
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        choices=money.choices,
        help_text=_("Of new deals. Empty: the base currency."),
    )
    takes_leads = models.BooleanField(
        _("begins with leads"),
        default=True,
        help_text=_("What comes in by forms and mail becomes a lead first. Off: a deal at once."),
    )
    teams: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "identity.Team",
        verbose_name=_("teams"),
        blank=True,
        related_name="+",
        help_text=_("Only these teams, and those who lead them, put deals here. Empty: everybody."),
    )
    sent_stage = models.ForeignKey(
        "sales.Stage",
        verbose_name=_("when a quote is sent"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("A deal that stands before this stage moves here. Empty: it stays."),
    )
    accepted_stage = models.ForeignKey(
        "sales.Stage",
        verbose_name=_("when a quote is accepted"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("An open deal moves here. Empty: it is won."),
    )

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="pipeline_name_unique",
                violation_error_message=_("There is a pipeline of this name already."),
            ),
            models.UniqueConstraint(
                fields=["is_default"],
                name="pipeline_one_default",
                condition=models.Q(is_default=True),
                violation_error_message=_("Another pipeline is the default one. Switch that off first."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[Pipeline]:
        """Return the pipelines into which a person may put deals."""
        access = access_for(user)
        found = cls.objects.filter(is_active=True).order_by("position", "pk")
        if access.is_root:
            return found
        limited = cls.teams.through.objects.values("pipeline_id")
        mine = limited.filter(team_id__in=access.team_ids | access.below_team_ids)
        return found.filter(~models.Q(pk__in=limited) | models.Q(pk__in=mine))


class StageKind(models.TextChoices):
    """What a stage means for a deal. Won and lost are told by this, never by a name."""

    OPEN = "open", pgettext_lazy("deal", "Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class StageColor(models.TextChoices):
    """Colours that can be told apart, also by the colour-blind, in both themes."""

    BLUE = "blue", _("Blue")
    AZURE = "azure", _("Azure")
    PURPLE = "purple", _("Purple")
    ORANGE = "orange", _("Orange")
    TEAL = "teal", _("Teal")
    YELLOW = "yellow", _("Yellow")
    PINK = "pink", _("Pink")
    GRAY = "gray", _("Grey")
    GREEN = "green", _("Green")
    RED = "red", _("Red")


#: The class of the style sheet that paints each colour.
PAINT = {
    StageColor.BLUE: "hue-0",
    StageColor.AZURE: "hue-5",
    StageColor.PURPLE: "hue-3",
    StageColor.ORANGE: "hue-1",
    StageColor.TEAL: "hue-2",
    StageColor.YELLOW: "hue-4",
    StageColor.PINK: "hue-6",
    StageColor.GRAY: "hue-7",
    StageColor.GREEN: "tone-success",
    StageColor.RED: "tone-danger",
}


class Stage(SmallTable):
    """One step of a pipeline, what a deal in it is worth, and what it must have to get there."""

    pipeline = models.ForeignKey(
        Pipeline, verbose_name=_("pipeline"), on_delete=models.CASCADE, related_name="stages"
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=4, choices=StageKind, default=StageKind.OPEN)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    probability = models.PositiveSmallIntegerField(
        _("probability, %"),
        default=0,
        validators=[MaxValueValidator(100)],
        help_text=_("Of winning a deal that stands here. Won is 100, lost is 0."),
    )
    rot_days = models.PositiveSmallIntegerField(
        _("rots after, days"),
        null=True,
        blank=True,
        help_text=_("Days without contact after which a deal here is neglected. Empty: never."),
    )
    most_deals = models.PositiveSmallIntegerField(
        _("at most, deals"),
        null=True,
        blank=True,
        help_text=_("The board warns when more stand here. Empty: any number."),
    )
    required_fields = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("needs"),
        default=list,
        blank=True,
        help_text=_("Fields that a deal must have to enter this stage."),
    )
    color = models.CharField(_("colour"), max_length=12, choices=StageColor, default=StageColor.BLUE)
    also_called = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("also called"),
        default=list,
        blank=True,
        help_text=_("Further names by which files to import may call this stage, with commas between."),
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = (
            models.UniqueConstraint(
                "pipeline",
                Lower("name"),
                name="stage_name_unique",
                violation_error_message=_("This pipeline has a stage of this name already."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind=StageKind.OPEN, probability__lte=100)
                | models.Q(kind=StageKind.WON, probability=100)
                | models.Q(kind=StageKind.LOST, probability=0),
                name="stage_probability_fits_kind",
                violation_error_message=_("Won is 100 %, lost is 0 %, open is between."),
            ),
        )
        indexes = (models.Index(fields=["pipeline", "position"], name="stage_order"),)

    #: What a stage may ask for. Kept beside the model, so that the admin and the gate agree.
    REQUIRABLE: ClassVar[tuple[str, ...]] = (
        "amount",
        "expected_on",
        "company",
        "person",
        "product",
        "source",
        "next_step",
        "owner",
        "team",
    )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[Stage]:
        """Return the stages to which a person may move deals, in order."""
        pipelines = Pipeline.choices_for(user).order_by()
        return cls.objects.filter(pipeline__in=pipelines).order_by(
            "pipeline__position", "pipeline_id", "position", "pk"
        )

    def clean(self) -> None:
        """Set what the kind decides, and refuse what would leave deals in a false state."""
        self.required_fields = [name for name in self.REQUIRABLE if name in self.required_fields]
        if self.kind == StageKind.WON:
            self.probability = 100
        if self.kind == StageKind.LOST:
            self.probability = 0
        if self.kind != StageKind.OPEN:
            self.rot_days = self.most_deals = None
        if self.pk and Stage.objects.filter(pk=self.pk).exclude(kind=self.kind).exists() and self.is_used():
            raise ValidationError({"kind": _("Deals stand or stood in this stage, so its kind stays.")})

    def is_used(self) -> bool:
        """Tell whether any deal stands here or ever stood here."""
        return bool(self.deals(manager="all_objects").exists() or self.stays.exists())

    @property
    def is_open(self) -> bool:
        return self.kind == StageKind.OPEN

    @property
    def paint(self) -> str:
        """The class of the style sheet that shows the stage's colour."""
        return PAINT.get(StageColor(self.color), "hue-7")


class LostReason(SmallTable):
    """Why deals are lost, as figures count it."""

    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("What is switched off stays on old deals but is not offered.")
    )
    counted = models.BooleanField(
        _("counted as a reason"),
        default=True,
        help_text=_("Off for such as “Not recorded”: figures name those deals apart."),
    )

    class Meta:
        verbose_name = _("lost reason")
        verbose_name_plural = _("lost reasons")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="lost_reason_name_unique",
                violation_error_message=_("There is a reason of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[LostReason]:
        """Return the reasons that a person may give; "not recorded" is for imports alone."""
        return cls.objects.filter(is_active=True, counted=True).order_by("position", "pk")
