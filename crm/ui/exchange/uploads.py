"""The beginning of an import: which type, which file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import access_for
from crm.lib.tabular import TableError
from crm.records.importing.files import keep_file
from crm.records.importing.running import IMPORT
from crm.records.importing.targets import Target, target_of, targets
from crm.records.models import ImportFile, ImportMapping
from crm.ui.admin.rights import may_administer
from crm.ui.jobviews import own_jobs

if TYPE_CHECKING:
    from django.urls import URLPattern

    from crm.ui.declaration import Declaration

LARGEST = 2 * 1024**3
RECENT = 15
_TELLING = (
    "name",
    "company",
    "stage",
    "amount",
    "price",
    "industry",
    "kind",
    "subject",
    "due_at",
    "team",
    "manager",
)


def may_import(user: Any, target: Target) -> bool:
    """Tell whether a person may bring files of this type."""
    return access_for(user).can(target.key, "import")


def target_or_404(user: Any, slug: str) -> Target:
    """The type that an address names, if the person may import it."""
    try:
        target = target_of(slug)
    except KeyError:
        raise Http404 from None
    if not may_import(user, target):
        raise PermissionDenied
    return target


def own_file(user: Any, token: Any) -> tuple[ImportFile, Target]:
    """A file of the viewer (administrators see all), or 404."""
    files = ImportFile.objects.all() if may_administer(user) else ImportFile.objects.filter(owner=user)
    kept = files.filter(token=token).first()
    if kept is None:
        raise Http404
    return kept, target_or_404(user, kept.target)


def mappings_for(user: Any, target: Target) -> Any:
    """Saved mappings that a person may use for a type: their own and the shared ones."""
    mine = ImportMapping.objects.filter(target=target.slug, owner=user)
    return (mine | ImportMapping.objects.filter(target=target.slug, is_shared=True)).order_by("name")


class HubView(LoginRequiredMixin, View):
    """``/import/``: what can be imported, and what was lately."""

    def get(self, request: HttpRequest) -> HttpResponse:
        offered = [target for target in targets() if may_import(request.user, target)]
        if not offered:
            raise PermissionDenied
        recent = own_jobs(request.user).filter(kind=IMPORT).order_by("-pk")[:RECENT]
        files = ImportFile.objects.in_bulk([job.params.get("file") for job in recent])
        context = {
            "offers": [(target, icon_of(target), hint_of(target)) for target in offered],
            "recent": [(job, files.get(job.params.get("file"))) for job in recent],
        }
        return render(request, "ui/exchange/hub.html", context)


def icon_of(target: Target) -> str:
    """The icon of a type."""
    declared = getattr(target.model, "record_type", None)
    return str(declared.icon) if declared else "users"


def hint_of(target: Target) -> str:
    """The fields by which a person knows which of their files is meant."""
    fields = target.own_fields()
    keys = [name for key in target.profile.keys for name in key]
    names = [*keys, *(name for name in _TELLING if name in fields), *fields]
    wanted = [name for name in dict.fromkeys(names) if fields[name].writable]
    labels = (str(fields[name].label) for name in wanted[:6])
    # Abbreviations such as INN keep their capitals.
    return ", ".join(label if label[:2].isupper() else label[:1].lower() + label[1:] for label in labels)


class UploadView(LoginRequiredMixin, View):
    """``…/import/``: takes a file."""

    slug = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.target = target_or_404(request.user, kwargs.pop("slug", self.slug))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        if file is None:
            return self.show(_("Choose a file."))
        if (file.size or 0) > LARGEST:
            return self.show(_("The file is larger than 2 GB. Split it, or import it on the command line."))
        owner: Any = request.user
        try:
            kept = keep_file(file, name=file.name or "", target=self.target.slug, owner=owner)
        except TableError as refused:
            return self.show(str(refused))
        return redirect("ui:import_map", token=kept.token)

    def show(self, problem: str = "") -> HttpResponse:
        """The page, with what was wrong with the last file."""
        files = ImportFile.objects.filter(target=self.target.slug, owner_id=self.request.user.pk)
        context = {
            "target": self.target,
            "problem": problem,
            "fields": [one for one in self.target.own_fields().values() if one.writable],
            "recent": files.order_by("-pk")[:5],
            "mappings": mappings_for(self.request.user, self.target)[:10],
            "step": 1,
        }
        return render(self.request, "ui/exchange/upload.html", context, status=422 if problem else 200)


def import_urls(views: type[Declaration], prefix: str) -> list[URLPattern]:
    """The address of a type's import below its list; the further steps are the same for all types."""
    name = f"{views.model._meta.model_name}_import"
    slug = views.record_type().slug
    return [path(f"{prefix}/import/", UploadView.as_view(slug=slug), name=name)]


def upload_url(target: Target) -> str:
    """Where a file of this type is brought."""
    return reverse("ui:import_new", args=[target.slug])
