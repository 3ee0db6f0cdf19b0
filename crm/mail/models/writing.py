"""What people write with: drafts and their files, templates, signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Team
from crm.mail.models.mailbox import Mailbox
from crm.mail.models.message import Message
from crm.mail.models.outgoing import Outgoing
from crm.records import registry
from crm.records.models import Content
from crm.records.registry import Ref


class MailTemplate(models.Model):
    """A letter with fields that are filled in from a record; for people who write, and for rules."""

    name = models.CharField(_("name"), max_length=120)
    #: 0 is for any record: it may name the person, the company and the author.
    type_id = models.PositiveSmallIntegerField(_("record type"), default=0)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"), blank=True)
    #: The same as rich text; where it is empty the plain one is all.
    html = models.TextField(_("rich text"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("only for"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty for everybody."),
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    is_active = models.BooleanField(_("active"), default=True)
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                "owner",
                name="mail_template_once",
                nulls_distinct=False,
                violation_error_message=_("There is a template of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("mail:template", args=[self.pk])

    @property
    def type_label(self) -> str:
        return registry.by_id(self.type_id).label_plural if self.type_id else str(_("All records"))


class Signature(models.Model):
    """What stands below the letters of a person, or of everybody who has none of their own."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="signatures",
        help_text=_("Empty for everybody who has none of their own."),
    )
    name = models.CharField(_("name"), max_length=80)
    html = models.TextField(_("text"))
    is_default = models.BooleanField(_("taken by itself"), default=False)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = (
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(is_default=True),
                name="signature_one_default",
                nulls_distinct=False,
                violation_error_message=_("Another signature is taken by itself already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """A letter that somebody is writing, kept as they type.

    Once it is sent it waits here until it has left, so that undo brings it back whole.
    """

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    mailbox = models.ForeignKey(
        Mailbox, verbose_name=_("from"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    type_id = models.PositiveSmallIntegerField(default=0)
    record_id = models.BigIntegerField(null=True)
    #: The letter that it answers or passes on.
    answers = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    how = models.CharField(max_length=10, default="new")
    #: {"to": [{"address": …, "name": …}], "cc": […], "bcc": […]}
    token = models.UUIDField(default=uuid4, unique=True, editable=False)
    recipients = models.JSONField(default=dict)
    subject = models.CharField(_("subject"), max_length=1000, blank=True)
    html = models.TextField(_("text"), blank=True)
    template = models.ForeignKey(MailTemplate, null=True, on_delete=models.SET_NULL, related_name="+")
    #: Whether the letter that is answered stands below.
    quotes = models.BooleanField(default=True)
    #: When it is to leave, if not at once.
    leaves = models.DateTimeField(null=True)
    withdraw_on_reply = models.BooleanField(default=True)
    remind_days = models.PositiveSmallIntegerField(null=True)
    #: The latest letter of the conversation that the author had seen.
    seen_message_id = models.BigIntegerField(default=0)
    #: Written by a sequence, not by hand.
    is_auto = models.BooleanField(default=False)
    tracks_opens = models.BooleanField(default=False)
    tracks_clicks = models.BooleanField(default=False)
    #: One for each time it was sent and called back.
    round = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    outgoing = models.OneToOneField(Outgoing, null=True, on_delete=models.SET_NULL, related_name="draft")
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    if TYPE_CHECKING:
        author_id: int | None
        mailbox_id: int | None
        answers_id: int | None
        outgoing_id: int | None

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = (
            models.Index(
                fields=["author", "-updated_at"], name="draft_recent", condition=models.Q(outgoing=None)
            ),
            models.Index(
                fields=["type_id", "record_id"], name="draft_on_record", condition=models.Q(outgoing=None)
            ),
        )

    def __str__(self) -> str:
        return self.subject or str(_("Draft"))

    @property
    def ref(self) -> Ref | None:
        return Ref(self.type_id, self.record_id) if self.record_id else None


class DraftFile(models.Model):
    """A file that goes along with a letter."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    #: The file on a record, or just uploaded, that it was taken from.
    source_id = models.BigIntegerField()
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="draft_files")
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("file of a draft")
        verbose_name_plural = _("files of drafts")
        constraints = (models.UniqueConstraint(fields=["draft", "source_id"], name="draft_file_once"),)

    def __str__(self) -> str:
        return self.name
