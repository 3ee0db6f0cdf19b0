"""``/contacts/duplicates/``: who is on record twice, to be merged or told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views import View

from contacts import sameness
from contacts.models import Company, Person
from crm.identity.access import access_for
from crm.records import jobs
from crm.records.models import Job, JobState
from crm.records.phrases import phrase
from crm.ui.declaration import views_of
from crm.ui.feedback import go_to, toast

if TYPE_CHECKING:
    from contacts.sameness.clusters import Place

TYPES = {"people": Person, "companies": Company}


class DuplicatesView(LoginRequiredMixin, View):
    """The list, the surest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        model = self.model(request.GET.get("type", "people"))
        access = access_for(request.user)
        found = sameness.find(model, request.user, after=place_in(request.GET.get("after", "")))
        following = found.following
        context = {
            "types": [one for one in TYPES.values() if access.can(one, "change")],
            "chosen": model.record_type,
            "clusters": found.clusters,
            "next_url": f"?type={model.record_type.slug}&after={following.score}.{following.id}"
            if following
            else "",
            "is_first": "after" not in request.GET,
            "merge_url": views_of(model).url("merge"),
            "last": Job.objects.filter(kind="duplicates").order_by("-pk").first(),
            "may_compare": access.can(model, "bulk"),
        }
        return render(request, "contacts/twins.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Compare the whole base, or remember that some records are not the same."""
        model = self.model(request.POST.get("type", ""))
        if request.POST.get("do") == "compare":
            return self.compare(request, model)
        ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 19]
        actor: Any = request.user
        if not sameness.dismiss(model=model, ids=ids, actor=actor, at=timezone.now()):
            raise Http404
        back = reverse("contacts:duplicates_undo", args=[model.record_type.slug])
        back = f"{back}?ids={'.'.join(map(str, ids))}"
        return toast(request, HttpResponse(""), _("Remembered: not the same."), undo=back)

    def compare(self, request: HttpRequest, model: Any) -> HttpResponse:
        if not access_for(request.user).can(model, "bulk"):
            raise PermissionDenied
        running = Job.objects.filter(kind="duplicates", state__in=(JobState.QUEUED, JobState.RUNNING)).first()
        actor: Any = request.user
        title = phrase(gettext_noop("Comparing people and companies"))
        job = running or jobs.start("duplicates", actor=actor, title=title)
        return go_to(request, reverse("ui:job", args=[job.pk]) if job.actor_id == actor.pk else request.path)

    def model(self, slug: str) -> Any:
        """Return the type of this name if the viewer may merge such records."""
        access = access_for(self.request.user)
        model = TYPES.get(slug)
        if model is None:
            raise Http404
        if not access.can(model, "change"):
            raise PermissionDenied
        return model


class ReconsiderView(LoginRequiredMixin, View):
    """POST: puts a cluster on the list again, from the toast that told it was taken off."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        model = TYPES.get(slug)
        if model is None:
            raise Http404
        ids = [int(one) for one in request.GET.get("ids", "").split(".") if one.isdecimal() and len(one) < 19]
        actor: Any = request.user
        sameness.reconsider(model=model, ids=ids, actor=actor)
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return toast(request, response, _("On the list again."))


def place_in(text: str) -> Place | None:
    """Read where a page begins from an address."""
    score, _dot, pk = text.partition(".")
    if not (score.isdecimal() and pk.isdecimal() and len(pk) < 19 and len(score) < 6):
        return None
    return sameness.Place(int(score), int(pk))
