"""``/calendar/settings/``: addresses for other calendars, one's absences, and the booking pages one hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.models import Team
from crm.records import events
from crm.records.registry import Ref
from crm.timeline import limits
from crm.timeline.models import Absence, BookingPage, Feed
from crm.timeline.services import feeds
from crm.timeline.views.base import WorkPage
from crm.ui.admin.rights import may_administer
from crm.ui.errors import too_many

if TYPE_CHECKING:
    AbsenceModelForm = forms.ModelForm[Absence]
else:
    AbsenceModelForm = forms.ModelForm


class AbsenceForm(AbsenceModelForm):
    """Days on which I am away."""

    class Meta:
        model = Absence
        fields = ("kind", "first_on", "last_on", "note")
        widgets = {
            "first_on": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
            "last_on": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "kind" else "form-control"


class CalendarSettings(WorkPage):
    """The page itself, and what its buttons do."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(AbsenceForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        act = request.POST.get("act", "")
        user: Any = request.user
        if act == "feed":
            return self.make(user)
        if act == "drop":
            feeds.drop_feed(user=user, pk=number(request.POST.get("feed")))
            messages.success(request, _("Nobody reads by this address any more."))
            return redirect("timeline:calendar_settings")
        if act == "absence":
            return self.add_absence(user)
        if act == "back":
            row = Absence.objects.filter(user=user, pk=number(request.POST.get("absence"))).first()
            if row is not None:
                tell(row, user, "deleted")
                row.delete()
            messages.success(request, _("Deleted."))
            return redirect("timeline:calendar_settings")
        raise Http404

    def make(self, user: Any) -> HttpResponse:
        team = None
        if wanted := self.request.POST.get("team"):
            team = Team.objects.filter(pk=number(wanted), memberships__user=user).first()
            if team is None:
                raise Http404
        token = feeds.make_feed(user=user, team=team, at=self.at)
        path = reverse("timeline:feed", args=[token])
        # Shown once: only a digest of it is kept.
        return self.page(AbsenceForm(), address=settings.BASE_URL.rstrip("/") + path, address_of=team)

    def add_absence(self, user: Any) -> HttpResponse:
        form = AbsenceForm(self.request.POST, instance=Absence(user=user, created_by=user))
        if not form.is_valid():
            return self.page(form, status=422)
        tell(form.save(), user, "created")
        messages.success(self.request, _("Saved."))
        return redirect("timeline:calendar_settings")

    def page(self, form: AbsenceForm, *, status: int = 200, **more: Any) -> HttpResponse:
        user: Any = self.request.user
        coming = Absence.objects.filter(user=user, last_on__gte=timezone.localdate())
        mine = Feed.objects.filter(user=user).select_related("team").order_by("team__name")
        context = {
            "form": form,
            "feeds": mine,
            "teams": Team.objects.filter(memberships__user=user, is_active=True).distinct().order_by("name"),
            "absences": coming.order_by("first_on"),
            "pages": BookingPage.objects.filter(hosts=user).order_by("title"),
            "may_administer": may_administer(user),
            **more,
        }
        return self.show("timeline/calendar/settings.html", context, status=status)


def tell(row: Absence, actor: Any, verb: str) -> None:
    """Write the audit line of an absence."""
    events.emit(f"absence.{verb}", ref=Ref(0, row.pk), title=str(row), actor=actor, at=timezone.now())


def number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0


class ReadFeed(View):
    """``/calendar/feed/<secret>.ics``: read by other calendars, without a sign-in."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        if not limits.allow("feed", limits.address_of(request), most=600, seconds=3600):
            return too_many(request)
        feed = feeds.feed_of(token)
        if feed is None:
            raise Http404
        now = timezone.now()
        Feed.objects.filter(pk=feed.pk).update(read_at=now)
        response = HttpResponse(feeds.write_feed(feed, now), content_type="text/calendar; charset=utf-8")
        response.headers["Cache-Control"] = "private, max-age=300"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
