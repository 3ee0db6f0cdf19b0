"""Letters: who wrote to whom, what stands in them, and the records that they are about.

The raw letter is kept as it came; its HTML and its files are taken from there when somebody
asks. Who sees what of a letter is decided in ``crm.mail.visibility`` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.mail.models.mailbox import Mailbox
from crm.mail.querysets import MessageQuerySet
from crm.records.registry import Ref

if TYPE_CHECKING:
    from datetime import datetime

#: So much of a text can be searched; the rest is read in the letter.
SEARCHED = 30_000


class Direction(models.TextChoices):
    IN = "in", _("Received")
    OUT = "out", _("Sent")


class MessageKind(models.TextChoices):
    ORDINARY = "ordinary", _("Letter")
    AUTO_REPLY = "auto_reply", _("Automatic reply")
    BOUNCE = "bounce", _("Not delivered")
    COMPLAINT = "complaint", _("Complaint")
    RECEIPT = "receipt", _("Read receipt")
    LIST = "list", _("Mailing list")


class MessageState(models.TextChoices):
    OPEN = "open", _("Open")
    FILED = "filed", _("Filed")


class AddressRole(models.TextChoices):
    FROM = "from", _("From")
    TO = "to", _("To")
    CC = "cc", _("Cc")
    BCC = "bcc", _("Bcc")
    REPLY_TO = "reply_to", _("Reply to")


class Linked(models.TextChoices):
    """Why a letter is on a record."""

    ADDRESS = "address", _("by an address")
    THREAD = "thread", _("by its conversation")
    HAND = "hand", _("by hand")


class Thread(models.Model):
    """A conversation: letters that answer each other, whichever mailboxes they are in."""

    subject = models.CharField(_("subject"), max_length=500, blank=True)
    #: Names the conversation in addresses and subjects, signed (``crm.mail.threading``).
    key = models.CharField(max_length=20, unique=True)
    last_at = models.DateTimeField(_("last letter"), default=timezone.now)
    messages_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = (models.Index(fields=["-last_at", "-id"], name="thread_by_last"),)

    def __str__(self) -> str:
        return self.subject or self.key


class Message(models.Model):
    """One letter in one mailbox."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="messages")
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    message_id = models.CharField(max_length=500)
    in_reply_to = models.CharField(max_length=500, blank=True)
    references = models.JSONField(default=list, blank=True)
    from_address = models.CharField(_("from"), max_length=320, blank=True)
    from_name = models.CharField(_("name of the sender"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=1000, blank=True)
    #: The whole text, then the part that is new, then what it quotes.
    body_text = models.TextField(_("text"), blank=True)
    reply_text = models.TextField(_("new text"), blank=True)
    quoted_text = models.TextField(_("quoted text"), blank=True)
    has_html = models.BooleanField(default=False)
    #: What its Date header says, None when that is missing or nonsense.
    sent_at = models.DateTimeField(_("sent"), null=True)
    #: When our server, or we, took it in: never later than now, unlike the Date header.
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind, default=MessageKind.ORDINARY)
    #: What was noticed on the way: {"why": …, "bounced": […], "status": "5.1.1", "is_final": true …}.
    verdict = models.JSONField(default=dict, blank=True)
    is_auto = models.BooleanField(_("automatic"), default=False)
    is_bounce = models.BooleanField(_("not delivered"), default=False)
    #: Whoever wrote it was no part of the conversation that it claims to continue.
    is_unverified = models.BooleanField(_("sender not verified"), default=False)
    bounce_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="bounces", verbose_name=_("returns")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_unread = models.BooleanField(_("unread"), default=False)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("read by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    read_at = models.DateTimeField(_("read"), null=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    state = models.CharField(_("state"), max_length=5, choices=MessageState, default=MessageState.OPEN)
    #: Kept here too, so that "unlinked" needs no anti-join.
    is_linked = models.BooleanField(_("on a record"), default=False)
    raw_path = models.CharField(max_length=120, blank=True)
    raw_sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(_("size"), default=0)
    #: The event that puts it into timelines; copies of one letter in several mailboxes share it.
    event_id = models.BigIntegerField(null=True)
    event_created_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    if TYPE_CHECKING:
        mailbox_id: int
        thread_id: int
        author_id: int | None
        assigned_to_id: int | None

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = (
            models.UniqueConstraint(fields=["mailbox", "message_id"], name="message_once_per_mailbox"),
        )
        indexes = (
            models.Index(fields=["message_id"], name="message_by_message_id"),
            models.Index(fields=["thread", "received_at", "id"], name="message_by_thread"),
            models.Index(fields=["mailbox", "-received_at", "-id"], name="message_by_mailbox"),
            models.Index(
                fields=["mailbox", "-received_at", "-id"],
                name="message_open",
                condition=models.Q(state="open", direction="in"),
            ),
            models.Index(fields=["from_address", "-received_at"], name="message_by_sender"),
            models.Index(
                fields=["event_id"], name="message_by_event", condition=models.Q(event_id__isnull=False)
            ),
            GinIndex(
                SearchVector(
                    "subject", "from_name", "from_address", Left("body_text", SEARCHED), config="simple"
                ),
                name="message_words",
            ),
        )

    def __str__(self) -> str:
        return self.subject or self.from_address or self.message_id

    def get_absolute_url(self) -> str:
        return reverse("mail:message", args=[self.pk])

    @property
    def at(self) -> datetime:
        """When it happened: sent, for what we wrote; received, for what came."""
        if self.direction == Direction.OUT and self.sent_at:
            return self.sent_at
        return self.received_at


class MessageAddress(models.Model):
    """One address in the head of a letter, and the record that it belonged to when it was read."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="addresses")
    role = models.CharField(max_length=8, choices=AddressRole)
    position = models.PositiveSmallIntegerField(default=0)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=320, blank=True)
    type_id = models.PositiveSmallIntegerField(null=True)
    record_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("address of a letter")
        verbose_name_plural = _("addresses of letters")
        indexes = (models.Index(fields=["address"], name="message_address_by_address"),)

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


class MessageFile(models.Model):
    """One part of a letter that is a file. Its bytes stay in the raw letter."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="files")
    #: Which part of the raw letter it is, counted as ``crm.mail.parsing`` walks them.
    part = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=127)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    content_id = models.CharField(max_length=300, blank=True)
    is_inline = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("file of a letter")
        verbose_name_plural = _("files of letters")
        constraints = (models.UniqueConstraint(fields=["message", "part"], name="message_file_once"),)

    def __str__(self) -> str:
        return self.name


class MessageLink(models.Model):
    """Puts a letter on a record."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="links")
    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    how = models.CharField(max_length=8, choices=Linked, default=Linked.ADDRESS)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("record of a letter")
        verbose_name_plural = _("records of letters")
        constraints = (
            models.UniqueConstraint(fields=["message", "type_id", "record_id"], name="message_link_once"),
        )
        indexes = (models.Index(fields=["type_id", "record_id", "message"], name="message_link_by_record"),)

    def __str__(self) -> str:
        return f"{self.type_id}/{self.record_id}"

    @property
    def ref(self) -> Ref:
        return Ref(self.type_id, self.record_id)
