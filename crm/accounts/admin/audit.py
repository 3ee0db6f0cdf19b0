"""Events: who changed what and when, found by indexes alone, however many there are."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from crm.accounts.events import USER_TYPE_ID
from crm.accounts.services import find_users
from crm.identity.models import User
from crm.records import registry
from crm.records.fields import fields_of
from crm.records.models import Event
from crm.records.ways import way_label
from crm.ui.admin import SETUP_TYPE_ID, ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

#: So many of the latest events are looked through for words of a title; there is no index on them.
LATEST = 20_000


class TypedFilter(admin.SimpleListFilter):
    """A filter whose value is typed, or comes with a link: a record, an event, a day."""

    template = "admin/typed_filter.html"
    placeholder: Any = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", "")]

    def choices(self, changelist: Any) -> Any:
        others = [
            (name, value)
            for name, values in changelist.get_filters_params().items()
            if name != self.parameter_name
            for value in (values if isinstance(values, list) else [values])
        ]
        yield {
            "name": self.parameter_name,
            "value": self.value() or "",
            "placeholder": self.placeholder,
            "others": others,
            "query": changelist.query,
            "clear": changelist.get_query_string(remove=[self.parameter_name]),
        }


class RecordFilter(TypedFilter):
    title = _("record")
    parameter_name = "record"
    placeholder = _("4:123 or deals:123")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        found = read_record(self.value() or "")
        return queryset.filter(type_id=found[0], record_id=found[1]) if found else queryset.none()


class NameFilter(TypedFilter):
    title = _("event")
    parameter_name = "event"
    placeholder = _("deal.won or deal")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = (self.value() or "").strip().lower()
        if not name:
            return queryset
        # "/" follows "." in the order of characters, so the range holds all events of a model.
        return (
            queryset.filter(name=name)
            if "." in name
            else queryset.filter(name__gt=f"{name}.", name__lt=f"{name}/")
        )


class ActorFilter(TypedFilter):
    title = _("person")
    parameter_name = "actor"
    placeholder = _("user name")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        user = find_users([self.value() or ""]).get((self.value() or "").casefold())
        return queryset.filter(actor=user) if user else queryset.none()


class DayFilter(TypedFilter):
    title = _("day")
    parameter_name = "day"
    placeholder = _("2026-12-31, until then")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Show what was recorded until the end of a day, latest first."""
        try:
            day = parse_date(self.value() or "")
        except ValueError:
            day = None
        if day is None:
            return queryset
        end = timezone.make_aware(datetime.combine(day, time.max))
        return queryset.filter(created_at__lte=end)


class EventList(ChangeList):
    """Sorts by the column whose index the filter uses: any other order would sort everything."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        given = request.GET
        if given.get("record"):
            return ["-id"]
        if given.get("actor") or given.get("event"):
            return ["-at", "-id"]
        return ["-created_at", "-id"]


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The log of all changes. Nothing here can be changed, by anybody."""

    section, order = "work", 20
    list_display = ("at", "name", "record", "title", "who", "way", "what")
    list_display_links = ("at",)
    list_filter = (NameFilter, RecordFilter, ActorFilter, DayFilter)
    list_select_related = ("actor",)
    search_fields = ("title",)
    search_help_text = _(
        "A record (deals:123), an event (deal.won), a day (2026-12-31), a user name, "
        "or words of a title among the latest."
    )
    sortable_by = ()
    fields = ("at", "created_at", "name", "record", "title", "who", "way", "job_link", "changes", "details")
    readonly_fields = ("record", "who", "job_link", "changes", "details")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EventList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        try:
            return Event.objects.select_related("actor").filter(pk=int(object_id)).first()
        except (ValueError, ValidationError):
            return None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Read what was typed as a record, an event, a day or a person; else as words of a title."""
        text = search_term.strip()
        if not text:
            return queryset, False
        if found := read_record(text):
            return queryset.filter(type_id=found[0], record_id=found[1]), False
        if "." in text and " " not in text:
            return queryset.filter(name=text.lower()), False
        if day := read_day(text):
            start, end = (timezone.make_aware(datetime.combine(day, edge)) for edge in (time.min, time.max))
            return queryset.filter(created_at__range=(start, end)), False
        if user := find_users([text]).get(text.casefold()):
            return queryset.filter(actor=user), False
        latest = Event.objects.order_by("-created_at", "-id").values("pk")[:LATEST]
        return queryset.filter(pk__in=latest, title__icontains=text), False

    # What is shown

    @admin.display(description=_("record"))
    def record(self, event: Event) -> str:
        label = type_label(event.type_id)
        address = address_of(event)
        text = f"{label} {event.record_id}".strip()
        return format_html('<a href="{}">{}</a>', address, text) if address else text

    @admin.display(description=_("by"))
    def who(self, event: Event) -> str:
        # No database constraint binds events to people, so somebody may be gone.
        actor: User | None = event.actor if event.actor_id else None
        return str(actor) if actor else "—"

    @admin.display(description=_("through"))
    def way(self, event: Event) -> str:
        return way_label(event.via)

    @admin.display(description=_("job"))
    def job_link(self, event: Event) -> str:
        return str(event.job_id or "—")

    @admin.display(description=_("what changed"))
    def what(self, event: Event) -> str:
        changes = event.data.get("changes") or {}
        names = ", ".join(field_label(event, name) for name in list(changes)[:4])
        return f"{names}…" if len(changes) > 4 else names

    @admin.display(description=_("changes"))
    def changes(self, event: Event) -> str:
        rows = [
            (field_label(event, name), shown(change, "old"), shown(change, "new"))
            for name, change in (event.data.get("changes") or {}).items()
        ]
        if not rows:
            return "—"
        lines = format_html_join(
            "", '<tr><th scope="row">{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>', rows
        )
        return format_html('<table class="changes"><tbody>{}</tbody></table>', lines)

    @admin.display(description=_("details"))
    def details(self, event: Event) -> str:
        rest = [(name, str(value)) for name, value in event.data.items() if name != "changes"]
        return format_html_join("", "<div><b>{}</b> {}</div>", rest) or "—"


def field_label(event: Event, name: str) -> str:
    """Return what people call a field that an event tells of."""
    try:
        field = fields_of(registry.by_id(event.type_id).model).get(name)
    except KeyError:
        field = None
    return str(field.label) if field else name


def shown(change: Any, side: str) -> str:
    """Return one side of a change as text: the name of a reference rather than its number."""
    if isinstance(change, (list, tuple)):
        value = change[0 if side == "old" else -1] if change else ""
    else:
        value = change.get(f"{side}_text") or change.get(side)
    return "" if value is None else str(value)


def read_record(text: str) -> tuple[int, int] | None:
    """Read "4:123" or "deals:123" as (type id, record id)."""
    kind, _colon, number = text.strip().partition(":")
    if not number.strip().isdecimal():
        return None
    if kind.isdecimal():
        return int(kind), int(number)
    kinds = {one.slug: one.id for one in registry.types()} | {"users": USER_TYPE_ID}
    return (kinds[kind.lower()], int(number)) if kind.lower() in kinds else None


def read_day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


def type_label(type_id: int) -> str:
    """Return the name of what an event is about."""
    if type_id == USER_TYPE_ID:
        return str(User._meta.verbose_name)
    if type_id == SETUP_TYPE_ID:
        return str(_("set-up"))
    try:
        return registry.by_id(type_id).label
    except KeyError:
        return str(type_id)


def address_of(event: Event) -> str:
    """Return where the record of an event is, when it has a page."""
    if event.type_id == USER_TYPE_ID:
        return reverse("admin:identity_user_change", args=[event.record_id])
    try:
        model = registry.by_id(event.type_id).model
        return str(model(pk=event.record_id).get_absolute_url())  # type: ignore[attr-defined]
    except (KeyError, NoReverseMatch, AttributeError):
        return ""
