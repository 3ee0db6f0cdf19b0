"""Automation for administrators: rules as they stand, what they did, and what they sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.automation import engine, hooks, index
from crm.automation.models import (
    Assignment,
    HookDelivery,
    Rotation,
    Rule,
    RuleLetter,
    RuleRun,
    Seat,
    Webhook,
)
from crm.ui.admin import ReadOnlyAdmin, SetupAdmin, SetupInline

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    """Rules are put together on their own page; here they are found and looked at."""

    section, order = "rules", 60
    list_display = ("name", "trigger", "is_on", "author", "team", "position", "builder")
    list_filter = ("is_on", "trigger")
    list_select_related = ("author", "team")
    search_fields = ("name", "author__username", "author__full_name")
    search_help_text = _("Name of the rule or of its author.")
    ordering = ("position",)
    fields = (
        "name", "note", "trigger", "when", "condition", "steps", "once", "stops", "is_on", "on_since",
        "pause_reason", "author", "team", "version",
    )  # fmt: skip

    @admin.display(description=_("builder"))
    def builder(self, rule: Rule) -> str:
        return format_html('<a href="{}">{}</a>', reverse("automation:rule", args=[rule.pk]), _("Open"))


@admin.register(RuleRun)
class RuleRunAdmin(ReadOnlyAdmin):
    """Every time that a rule looked at a record, with reason and steps."""

    section, order = "rules", 61
    list_display = ("created_at", "rule", "title", "state", "reason", "attempts")
    list_filter = ("state", "created_at")
    list_select_related = ("rule",)
    search_fields = ("=rule__name",)
    search_help_text = _("Name of a rule, whole.")
    ordering = ("-id",)
    actions = ("try_again",)
    fields = (
        "rule", "version", "title", "occasion", "state", "reason", "steps", "attempts", "actor",
        "created_at", "finished_at",
    )  # fmt: skip

    @admin.action(description=_("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[RuleRun]) -> None:
        rows = list(queryset.filter(state="failed"))
        for run in rows:
            engine.retry(run)
        text = ngettext("%(count)d run is tried again.", "%(count)d runs are tried again.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)


class SeatInline(SetupInline):
    model = Seat
    fields = ("user", "is_paused", "paused_until", "most_open", "most_a_day")
    autocomplete_fields = ("user",)


@admin.register(Rotation)
class RotationAdmin(SetupAdmin):
    """Who shares new work, and how."""

    section, order = "rules", 62
    list_display = ("name", "by", "team", "is_active")
    search_fields = ("name", "team__name", "seats__user__username", "seats__user__full_name")
    search_help_text = _("Name of the rotation, of its team or of somebody in it.")
    list_filter = ("is_active",)
    inlines = (SeatInline,)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    """Who was given what, and why."""

    section, order = "rules", 63
    list_display = ("at", "title", "user", "rotation", "reason")
    list_filter = ("rotation", "at")
    list_select_related = ("user", "rotation")
    search_fields = ("title", "=user__username", "user__full_name")
    search_help_text = _("Title of the record, or who was given it.")
    ordering = ("-id",)
    fields = ("at", "title", "user", "rotation", "rule", "reason")


@admin.register(RuleLetter)
class RuleLetterAdmin(ReadOnlyAdmin):
    """Letters of rules, and whether they left."""

    section, order = "rules", 65
    list_display = ("created_at", "to", "subject", "state", "attempts", "error")
    list_filter = ("state", "created_at")
    search_fields = ("to", "subject")
    search_help_text = _("Address or subject.")
    ordering = ("-id",)
    fields = ("created_at", "to", "subject", "body", "state", "attempts", "error", "sent_at")


@admin.register(Webhook)
class WebhookAdmin(SetupAdmin):
    """Addresses that hear of events. Their secrets are shown once, on their own page."""

    section, order = "rules", 66
    list_display = ("name", "url", "is_on", "failures", "author", "own_page")
    search_fields = ("name", "url")
    search_help_text = _("Name or address.")
    list_filter = ("is_on",)
    fields = ("name", "is_on")

    @admin.display(description=_("log"))
    def own_page(self, hook: Webhook) -> str:
        return format_html('<a href="{}">{}</a>', reverse("automation:hook", args=[hook.pk]), _("Open"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        index.changed()


@admin.register(HookDelivery)
class HookDeliveryAdmin(ReadOnlyAdmin):
    """Messages to webhooks, and what was answered."""

    section, order = "rules", 67
    list_display = ("created_at", "webhook", "event", "state", "status", "attempts", "error")
    list_filter = ("state", "created_at", "webhook")
    list_select_related = ("webhook",)
    search_fields = ("=webhook__name", "=event")
    search_help_text = _("Name of a webhook or of an event, whole.")
    ordering = ("-id",)
    actions = ("again",)
    fields = (
        "webhook", "event", "token", "body", "state", "attempts", "status", "answer", "error", "seconds",
        "created_at", "done_at",
    )  # fmt: skip

    @admin.action(description=_("Send again"), permissions=["view"])
    def again(self, request: HttpRequest, queryset: QuerySet[HookDelivery]) -> None:
        rows = list(queryset)
        for row in rows:
            hooks.send_again(row)
        text = ngettext("%(count)d message is sent again.", "%(count)d messages are sent again.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)
