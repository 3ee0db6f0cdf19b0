"""Teams: the tree by which leads see what is below them, and who belongs where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from crm.accounts.selectors import along_tree
from crm.identity import access
from crm.identity.models import Membership, Team
from crm.ui.admin import SetupAdmin, SetupInline

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class TreeList(ChangeList):
    """Shows the teams as the tree reads."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.get_ordering_field_columns():
            ordered = along_tree(list(self.result_list))
            for team, depth in ordered:
                vars(team)["depth"] = depth
            self.result_list = [team for team, _depth in ordered]


class Members(SetupInline):
    model = Membership
    verbose_name = _("member")
    verbose_name_plural = _("Members")
    fields = ("user", "is_lead", "is_primary")
    autocomplete_fields = ("user",)


@admin.register(Team)
class TeamAdmin(SetupAdmin):
    """The tree of teams. A team that owns records is switched off rather than deleted."""

    section, order = "people", 20
    inlines = (Members,)
    fields = ("name", "parent", "is_active")
    list_display = ("tree_name", "lead_names", "member_count", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "members__full_name")
    search_help_text = _("Name of a team or of a member.")
    list_per_page = 500
    select_fields = ("parent",)
    sortable_by = ()
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("memberships__user")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TreeList

    @admin.display(description=_("name"))
    def tree_name(self, team: Team) -> str:
        return format_html('<span class="tree-depth-{}">{}</span>', getattr(team, "depth", 0), team.name)

    @admin.display(description=_("led by"))
    def lead_names(self, team: Team) -> str:
        return ", ".join(str(one.user) for one in team.memberships.all() if one.is_lead)

    @admin.display(description=_("members"))
    def member_count(self, team: Team) -> int:
        return len(team.memberships.all())

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        access.changed()
