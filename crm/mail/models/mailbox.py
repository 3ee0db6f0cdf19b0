"""Mailboxes of people and teams, and how far each of their folders has been read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Team
from crm.lib import crypto
from crm.mail import folders
from crm.mail.querysets import MailboxQuerySet

if TYPE_CHECKING:
    from datetime import datetime


class MailboxKind(models.TextChoices):
    PERSONAL = "personal", _("Of one person")
    TEAM = "team", _("Of a team")


class Security(models.TextChoices):
    TLS = "tls", _("TLS from the first byte")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("Not encrypted")


class Auth(models.TextChoices):
    PASSWORD = "password", _("Password")
    GOOGLE = "google", _("Sign in with Google")
    MICROSOFT = "microsoft", _("Sign in with Microsoft")


class MailVisibility(models.TextChoices):
    """What colleagues see of the letters, on records that they may see."""

    ALL = "all", _("The whole letter")
    SUBJECT = "subject", _("Subject and people")
    METADATA = "metadata", _("Only that there was a letter")
    PRIVATE = "private", _("Nothing")


class MailboxState(models.TextChoices):
    OK = "ok", _("Working")
    FAILING = "failing", _("Failing")
    PAUSED = "paused", _("Paused")


class Mailbox(models.Model):
    """One address whose letters are read, and from which people write."""

    address = models.EmailField(_("address"), max_length=254)
    #: Other addresses that deliver here; letters from them count as our own.
    aliases = models.JSONField(_("other addresses"), default=list, blank=True)
    name = models.CharField(
        _("name"), max_length=120, blank=True, help_text=_("What the other side reads beside the address.")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=MailboxKind, default=MailboxKind.PERSONAL)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mailboxes",
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mailboxes",
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_test = models.BooleanField(
        _("for trying out"),
        default=False,
        help_text=_("Works without any server: what is sent stays here, what arrives is handed in."),
    )
    auth = models.CharField(_("signs in by"), max_length=10, choices=Auth, default=Auth.PASSWORD)
    secret = models.TextField(blank=True, editable=False)
    smtp_secret = models.TextField(blank=True, editable=False)

    imap_host = models.CharField(_("IMAP server"), max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993)
    imap_security = models.CharField(
        _("IMAP encryption"), max_length=8, choices=Security, default=Security.TLS
    )
    imap_username = models.CharField(_("IMAP user name"), max_length=254, blank=True)
    smtp_host = models.CharField(_("SMTP server"), max_length=253, blank=True)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=587)
    smtp_security = models.CharField(
        _("SMTP encryption"), max_length=8, choices=Security, default=Security.STARTTLS
    )
    smtp_username = models.CharField(_("SMTP user name"), max_length=254, blank=True)

    #: Names of the folders to read, as the server calls them; empty means inbox and sent.
    folders = models.JSONField(_("folders"), default=list, blank=True)
    sync_since = models.DateField(
        _("letters since"), null=True, blank=True, help_text=_("Older letters are left on the server.")
    )
    visibility = models.CharField(
        _("colleagues see"), max_length=8, choices=MailVisibility, default=MailVisibility.ALL
    )
    signature = models.TextField(_("signature"), blank=True)
    tracks_opens = models.BooleanField(_("notice when letters are opened"), default=False)
    tracks_clicks = models.BooleanField(_("notice when links are followed"), default=False)

    state = models.CharField(_("state"), max_length=8, choices=MailboxState, default=MailboxState.OK)
    last_error = models.TextField(_("last error"), blank=True)
    #: When the error began; None while all is well.
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    last_sync_at = models.DateTimeField(_("last read"), null=True, blank=True)
    #: How many letters the server holds in the folders that are read, as it said last.
    server_count = models.PositiveIntegerField(_("letters on the server"), default=0)
    created_at = models.DateTimeField(_("connected"), default=timezone.now, editable=False)

    objects = MailboxQuerySet.as_manager()

    if TYPE_CHECKING:
        user_id: int | None
        team_id: int | None

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = (
            models.UniqueConstraint(
                fields=["address"],
                name="mailbox_address_unique",
                violation_error_message=_("This address is connected already."),
            ),
            models.CheckConstraint(
                condition=models.Q(address=Lower("address")), name="mailbox_address_lower"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="personal", user__isnull=False, team=None)
                | models.Q(kind="team", team__isnull=False, user=None),
                name="mailbox_has_one_holder",
                violation_error_message=_("A mailbox belongs to one person or to one team."),
            ),
        )

    def __str__(self) -> str:
        return self.address

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.address = self.address.strip().lower()
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("mail:mailbox", args=[self.pk])

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address under which this mailbox is known, in lower case."""
        return frozenset({self.address, *(str(one).lower() for one in self.aliases)})

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def reads_imap(self) -> bool:
        return bool(self.imap_host) and not self.is_test

    def credentials(self) -> dict[str, Any]:
        """Return what is needed to sign in: ``password``, or the tokens of OAuth.

        Raises:
            crypto.Unreadable: when the key of the installation has changed.
        """
        if not self.secret:
            return {}
        found: dict[str, Any] = json.loads(crypto.decrypt(self.secret))
        return found

    def keep_credentials(self, credentials: dict[str, Any]) -> None:
        """Put them into the row, encrypted; the caller saves it."""
        self.secret = crypto.encrypt(json.dumps(credentials)) if credentials else ""

    def smtp_credentials(self) -> dict[str, Any]:
        """Return those of SMTP, or those of IMAP where both are the same."""
        if not self.smtp_secret:
            return self.credentials()
        found: dict[str, Any] = json.loads(crypto.decrypt(self.smtp_secret))
        return found

    def lag(self, at: datetime) -> float | None:
        """Seconds since the mailbox was last read to its end; None when it never was."""
        return (at - self.last_sync_at).total_seconds() if self.last_sync_at else None


class Folder(models.Model):
    """How far one folder of a mailbox has been read."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="folder_states")
    name = models.CharField(_("folder"), max_length=255)
    #: "inbox", "sent" or "": what the server says the folder is for.
    role = models.CharField(max_length=10, blank=True)
    uidvalidity = models.PositiveBigIntegerField(default=0)
    #: Every UID up to this one has its row in the ledger.
    last_uid = models.PositiveBigIntegerField(default=0)
    #: The first UID inside the chosen window; what is below is left on the server.
    first_uid = models.PositiveBigIntegerField(default=0)
    server_count = models.PositiveIntegerField(_("letters on the server"), default=0)
    #: Of these, so many have their row in the ledger.
    accounted = models.PositiveIntegerField(_("accounted"), default=0)
    #: What the server said when the folder was last read to its end: nothing new while it says the same.
    mark = models.CharField(max_length=60, blank=True)
    synced_at = models.DateTimeField(_("last read"), null=True)
    #: Set by the worker that reads the folder just now; another one leaves it alone until then.
    busy_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        constraints = (models.UniqueConstraint(fields=["mailbox", "name"], name="folder_once"),)

    def __str__(self) -> str:
        return f"{self.mailbox} · {self.name}"

    @property
    def label(self) -> str:
        """The name as people read it."""
        return folders.decode_name(self.name)
