"""A field that an administrator made: what it asks, of which records, and when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

KEY = RegexValidator(r"^[a-z][a-z0-9_]*$", _("Small Latin letters, digits and underscores only."))
#: What the names of these fields begin with at every door, so that none meets a field of ours.
PREFIX = "cf_"


def empty_rules() -> dict[str, Any]:
    """No condition: always."""
    return {"match": "all", "rules": []}


class CustomField(models.Model):
    """One definition. The values lie in ``record.custom`` under ``key``, which never changes."""

    type_id = models.PositiveSmallIntegerField(_("record type"))
    key = models.CharField(_("key"), max_length=40, validators=[KEY])
    kind = models.CharField(_("kind"), max_length=20)
    label = models.CharField(_("label"), max_length=80)
    label_ru = models.CharField(_("label in Russian"), max_length=80, blank=True)
    help = models.CharField(_("help"), max_length=300, blank=True)
    help_ru = models.CharField(_("help in Russian"), max_length=300, blank=True)
    section = models.CharField(_("section"), max_length=80, blank=True)
    section_ru = models.CharField(_("section in Russian"), max_length=80, blank=True)
    position = models.PositiveIntegerField(_("place"), default=0)
    #: Each is {"key", "label", "label_ru", "color", "retired"}.
    choices = models.JSONField(_("choices"), default=list, blank=True)
    #: What only some kinds know: "currency", "max_length".
    options = models.JSONField(default=dict, blank=True)
    default = models.JSONField(_("first value"), null=True, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    shown_when = models.JSONField(_("shown when"), default=empty_rules, blank=True)
    required_when = models.JSONField(_("required when"), default=empty_rules, blank=True)
    is_sortable = models.BooleanField(_("lists can be sorted by it"), default=False)
    is_searchable = models.BooleanField(_("the search finds it"), default=False)
    is_unique = models.BooleanField(_("no value comes twice"), default=False)
    on_card = models.BooleanField(_("on cards of the board"), default=False)
    in_quick = models.BooleanField(_("in the short form"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    #: The index that stands ready for the sort, and the one that keeps values apart; "" while there is none.
    sort_index = models.CharField(max_length=63, blank=True, editable=False)
    unique_index = models.CharField(max_length=63, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = (
            # A deleted field keeps its key until its values are gone: a new one must not inherit them.
            models.UniqueConstraint(
                fields=["type_id", "key"],
                name="custom_field_key_once",
                violation_error_message=_("There is a field with this key."),
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[a-z][a-z0-9_]*$"), name="custom_field_key_plain"
            ),
            models.CheckConstraint(condition=~models.Q(label=""), name="custom_field_has_label"),
        )

    def __str__(self) -> str:
        return self.shown_label

    @property
    def name(self) -> str:
        """What forms, addresses, files and REST call it."""
        return f"{PREFIX}{self.key}"

    @property
    def shown_label(self) -> str:
        return in_language(self.label, self.label_ru)

    @property
    def shown_help(self) -> str:
        return in_language(self.help, self.help_ru)

    @property
    def shown_section(self) -> str:
        return in_language(self.section, self.section_ru)

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


def in_language(text: str, russian: str) -> str:
    """Choose the wording for the present reader; one that is missing falls back to the other."""
    return (russian or text) if (get_language() or "").startswith("ru") else (text or russian)
