"""Who may: users, teams, roles, and what each role may do with which records.

No pages live here. The pages of users and teams are in ``crm.accounts``.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.identity.scopes import ActionName, Scope
from crm.identity.small import SmallTable
from crm.lib import kept
from crm.lib.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA database does not know."""
    if name and name not in available_timezones():
        raise ValidationError(_("There is no time zone of this name."))


class Theme(models.TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    RUSSIAN = "ru", "Русский"


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who works in the product, or worked there: records may name people who left."""

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("A user of this name exists already.")},
    )
    full_name = models.CharField(_("full name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    photo = models.ImageField(_("photo"), upload_to="users", blank=True)
    language = models.CharField(_("language"), max_length=8, choices=Language, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    density = models.CharField(_("density"), max_length=12, choices=Density, default=Density.COMPACT)
    preferences = models.JSONField(_("preferences"), default=dict, blank=True, editable=False)
    roles: models.ManyToManyField[Role, Any] = models.ManyToManyField(
        "Role", verbose_name=_("roles"), related_name="users", blank=True
    )
    is_staff = models.BooleanField(
        _("may open the admin"), default=False, help_text=_("Opens the administration pages to this person.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off instead of deleting: the history keeps its names.")
    )
    date_joined = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]
    #: What pages show of colleagues to choose from.
    SHOWN: ClassVar[frozenset[str]] = frozenset({"full_name", "username", "is_active", "photo"})

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message=_("A user with this e-mail exists already."),
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        names = kwargs.get("update_fields")
        if names is None or not self.SHOWN.isdisjoint(names):
            kept.renew()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ", maxsplit=1)[0]

    @property
    def initials(self) -> str:
        """Two letters for the round picture beside a name."""
        words = str(self).split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def primary_team(self) -> Team | None:
        """The team that new records of this person belong to."""
        membership = self.memberships.select_related("team").order_by("-is_primary", "id").first()
        return membership.team if membership else None


class Team(models.Model):
    """A group that shares records. Teams form a tree: a lead sees the teams below."""

    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    is_active = models.BooleanField(_("active"), default=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, verbose_name=_("members"), through="Membership", related_name="teams"
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = (
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="team_name_unique",
                nulls_distinct=False,
                violation_error_message=_("There is a team of this name here already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a circle in the tree."""
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError({"parent": _("A team can't be part of itself.")})
            seen.add(above.pk)
            above = above.parent


class Membership(models.Model):
    """One person in one team."""

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="memberships"
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="memberships"
    )
    is_lead = models.BooleanField(_("leads the team"), default=False)
    is_primary = models.BooleanField(
        _("main team"), default=True, help_text=_("New records of this person go to this team.")
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (models.UniqueConstraint(fields=["user", "team"], name="membership_once"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


class Role(models.Model):
    """A named set of rights. A person may have several: the widest right wins."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True)
    is_builtin = models.BooleanField(_("built in"), default=False, editable=False)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        # Built-in names are stored in English and translated when shown.
        return str(_(self.name)) if self.is_builtin else self.name


class Grant(models.Model):
    """What a role may do with one type of record, and with whose."""

    role = models.ForeignKey(Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="grants")
    record_type = models.CharField(_("record type"), max_length=80)
    action = models.CharField(_("action"), max_length=12, choices=ActionName)
    scope = models.CharField(_("whose records"), max_length=12, choices=Scope, default=Scope.NONE)

    class Meta:
        verbose_name = _("right")
        verbose_name_plural = _("rights")
        constraints = (
            models.UniqueConstraint(fields=["role", "record_type", "action"], name="grant_once"),
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="grant_scope_known"),
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.record_type} {self.action} {self.scope}"


class FieldLevel(models.TextChoices):
    HIDDEN = "hidden", _("Hidden")
    READ_ONLY = "read_only", _("Read only")


class FieldRule(models.Model):
    """A field that a role does not see, or sees but may not change."""

    role = models.ForeignKey(
        Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="field_rules"
    )
    record_type = models.CharField(_("record type"), max_length=80)
    field = models.CharField(_("field"), max_length=80)
    level = models.CharField(_("level"), max_length=12, choices=FieldLevel)

    class Meta:
        verbose_name = _("field right")
        verbose_name_plural = _("field rights")
        constraints = (
            models.UniqueConstraint(fields=["role", "record_type", "field"], name="field_rule_once"),
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.record_type}.{self.field} {self.level}"


class Share(models.Model):
    """One record opened to one person or team beyond what their roles give."""

    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="shares")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="shares")
    can_edit = models.BooleanField(_("may edit"), default=False)
    reason = models.CharField(_("why"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(team__isnull=True), name="share_with_one"
            ),
            models.UniqueConstraint(
                fields=["type_id", "record_id", "user", "team"], name="share_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.type_id}:{self.record_id} → {self.user or self.team}"


def default_working_days() -> list[int]:
    """Monday to Friday, as ISO weekday numbers."""
    return [1, 2, 3, 4, 5]


#: What an installation is called before anybody names it.
UNNAMED = "My company"


class Organisation(SmallTable):
    """The company that runs this installation: one row."""

    name = models.CharField(_("name"), max_length=200, default=UNNAMED)
    legal_name = models.CharField(_("legal name"), max_length=300, blank=True)
    logo = models.ImageField(_("logo"), upload_to="organisation", blank=True)
    requisites = models.TextField(
        _("requisites"), blank=True, help_text=_("Tax numbers, bank details, address: printed on documents.")
    )
    language = models.CharField(_("language"), max_length=8, choices=Language, default=Language.ENGLISH)
    country = models.CharField(
        _("country"),
        max_length=2,
        default="US",
        help_text=_("Two letters. Phones without a country code are read as of here."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    base_currency = models.CharField(_("base currency"), max_length=3, default="USD")
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("fiscal year starts in month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    working_days = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("working days"), default=default_working_days
    )
    work_starts = models.TimeField(_("work starts"), default="09:00")
    work_ends = models.TimeField(_("work ends"), default="18:00")
    anybody_makes_tags = models.BooleanField(
        _("anybody may make new tags"),
        default=True,
        help_text=_("Else only roles with the right to make tags; the others choose from those there are."),
    )

    class Meta:
        verbose_name = _("company profile")
        verbose_name_plural = _("company profile")
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="organisation_single"),)

    def __str__(self) -> str:
        return self.called

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @property
    def called(self) -> str:
        """Its name; until somebody gives it one, "My company" in the reader's language."""
        return gettext("My company") if self.name == UNNAMED else self.name

    @classmethod
    def load(cls) -> Organisation:
        """Return the one row, made on first use."""
        # A copy of one's own: who changes it and is refused has changed it for nobody else.
        return copy(_organisation())


_organisation = Kept("organisation", lambda: Organisation.objects.get_or_create(pk=1)[0])


#: Of so many people the names are kept; of a larger house they are read as needed.
MOST_NAMES = 3000


def read_names() -> dict[int, User] | None:
    """Read the names of everybody who works here or did; None where they are too many to keep."""
    rows = User.objects.only("username", "full_name", "photo")
    found = {user.pk: user for user in rows[: MOST_NAMES + 1]}
    return found if len(found) <= MOST_NAMES else None


_names = Kept("identity.names", read_names)


def named(ids: Iterable[int | None]) -> dict[int, User]:
    """Return colleagues by id, enough of each to be named. Shared: not to be changed."""
    wanted = {pk for pk in ids if pk}
    known = _names() if wanted else {}
    if known is None:
        return User.objects.only("username", "full_name", "photo").in_bulk(wanted)
    return {pk: known[pk] for pk in wanted if pk in known}
