"""What belongs to an account beside the user: sign-ins, invitations, tokens for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.accounts.devices import device

#: An invitation that nobody took up within this time is void.
INVITATION_LASTS = timedelta(days=7)


class Outcome(models.TextChoices):
    """How an attempt to sign in ended."""

    SIGNED_IN = "signed_in", _("Signed in")
    REFUSED = "refused", _("Wrong name or password")
    INACTIVE = "inactive", _("Account switched off")
    TOO_MANY = "too_many", _("Too many attempts")
    CODE_REFUSED = "code_refused", _("Wrong code of the second factor")
    RESET_ASKED = "reset_asked", _("Asked for a new password")
    RESET_DONE = "reset_done", _("Chose a new password by letter")
    FACTOR_ADDED = "factor_added", _("Second factor set up")
    FACTOR_GONE = "factor_gone", _("Second factor removed")
    NEW_CODES = "new_codes", _("New recovery codes made")
    TOKEN_USED = "token_used", _("API token used from a new address")
    VIEWED_AS = "viewed_as", _("Looked at by an administrator")


#: What somebody should look at twice.
ALARMS = (Outcome.REFUSED, Outcome.INACTIVE, Outcome.TOO_MANY, Outcome.CODE_REFUSED)


class SignIn(models.Model):
    """One attempt to sign in."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        on_delete=models.CASCADE,
        related_name="sign_ins",
    )
    name = models.CharField(_("name typed"), max_length=150, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    at = models.DateTimeField(_("when"), default=timezone.now)
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    #: What came beside the password: "totp", "recovery_codes", or nothing.
    factor = models.CharField(_("second factor"), max_length=20, blank=True)
    #: Tells browsers apart that sign in; a random mark in a cookie of theirs, hashed.
    device_key = models.CharField(max_length=64, blank=True, editable=False)
    #: Lets a switched-off account lose its sessions at once; never shown.
    session_key = models.CharField(max_length=40, blank=True, editable=False)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = (
            models.Index(fields=["-at"], name="sign_in_recent"),
            models.Index(fields=["user", "-at"], name="sign_in_of_user"),
            models.Index(fields=["ip", "-at"], name="sign_in_from"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should look twice at this line."""
        return self.outcome in ALARMS

    @property
    def device(self) -> str:
        """The browser in words."""
        return device(self.user_agent)


class UserSession(models.Model):
    """A browser in which somebody is signed in now. Deleting its session ends it at once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="open_sessions",
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    started_at = models.DateTimeField(_("signed in"))
    last_seen_at = models.DateTimeField(_("last seen"))
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = (
            models.Index(fields=["user", "-last_seen_at"], name="session_of_user"),
            models.Index(fields=["-last_seen_at"], name="session_recent"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.device}"

    @property
    def device(self) -> str:
        """The browser in words."""
        return device(self.user_agent)


class FactorDemand(models.TextChoices):
    """Who has to sign in with a second factor."""

    NOBODY = "nobody", _("Nobody: everybody may")
    ADMINISTRATORS = "administrators", _("Administrators")
    ROLES = "roles", _("Administrators, and people with the roles below")
    EVERYBODY = "everybody", _("Everybody")


class SignInPolicy(models.Model):
    """How people have to sign in, and how long that lasts: one row."""

    second_factor = models.CharField(
        _("second factor is required of"),
        max_length=16,
        choices=FactorDemand,
        default=FactorDemand.NOBODY,
    )
    roles: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "identity.Role", verbose_name=_("roles"), blank=True, related_name="+"
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days to set it up"),
        default=7,
        validators=[MaxValueValidator(60)],
        help_text=_("Counted for each person from their first page after it is required; 0 is at once."),
    )
    idle_hours = models.PositiveSmallIntegerField(
        _("hours without work that end a session"),
        default=72,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )
    absolute_days = models.PositiveSmallIntegerField(
        _("days after which everybody signs in anew"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    tells_new_device = models.BooleanField(
        _("write to people when somebody signs in on a new device"), default=True
    )

    class Meta:
        verbose_name = _("sign-in and sessions")
        verbose_name_plural = _("sign-in and sessions")
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="sign_in_policy_single"),)

    def __str__(self) -> str:
        return capfirst(str(self._meta.verbose_name))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class FactorGrace(models.Model):
    """Since when somebody knows that they need a second factor."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.since:%Y-%m-%d}"


def new_nonce() -> str:
    return get_random_string(22)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> Self:
        """Leave those that can still be taken up."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """A letter that lets a colleague choose a password, once and for a week.

    The link is signed with the secret key and holds ``nonce``: a copy of the database
    alone opens no account, and a new nonce makes every older link void.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="invitations",
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("invited by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    email = models.EmailField(_("e-mail"))
    nonce = models.CharField(max_length=22, default=new_nonce, editable=False)
    created_at = models.DateTimeField(_("invited"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    sent_at = models.DateTimeField(_("letter sent"), null=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes = (models.Index(fields=["-created_at"], name="invitation_recent"),)

    def __str__(self) -> str:
        return self.email

    def is_open(self, at: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > at


class TokenScope(models.TextChoices):
    """What a program may do with a token."""

    READ = "read", _("Read")
    WRITE = "write", _("Read and write")


def default_scopes() -> list[str]:
    return [TokenScope.READ.value]


class ApiToken(models.Model):
    """A key for a program that acts for a person, with that person's rights at most.

    Only a hash is kept: the key itself is shown once.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acts for"),
        on_delete=models.CASCADE,
        related_name="api_tokens",
    )
    name = models.CharField(
        _("name"), max_length=80, help_text=_("Say what uses it: “Website form”, “Warehouse”.")
    )
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=12, choices=TokenScope),
        verbose_name=pgettext_lazy("token", "may"),
        default=default_scopes,
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        indexes = (models.Index(fields=["user", "-created_at"], name="api_token_of_user"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)

    @property
    def can_write(self) -> bool:
        return TokenScope.WRITE in self.scopes


def preference(user: Any, name: str, default: Any = None) -> Any:
    """Return one of the small wishes that a person keeps, such as the page to start with."""
    return (getattr(user, "preferences", None) or {}).get(name, default)
