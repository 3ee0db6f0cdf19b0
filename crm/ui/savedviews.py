"""Keeping views of a list: save, rename, share, pin, make default, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from crm.identity.access import access_for
from crm.records import registry
from crm.records.models import SavedView
from crm.ui.declaration import Declaration, has_views, views_of
from crm.ui.feedback import go_to, toast

if TYPE_CHECKING:
    from crm.identity.models import User


class SavedViewForm(forms.Form):
    """The name of a view and who sees it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    is_pinned = forms.BooleanField(label=gettext_lazy("Show as a tab"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("Open this view first"), required=False)
    is_shared = forms.BooleanField(label=gettext_lazy("Show it to everybody"), required=False)


def save_view(*, view: SavedView, actor: User, values: dict[str, Any]) -> SavedView:
    """Keep a view; only one of a person's views of a list opens first."""
    for name, value in values.items():
        setattr(view, name, value)
    with transaction.atomic():
        view.save()
        if view.is_default:
            SavedView.objects.filter(owner=actor, type_id=view.type_id).exclude(pk=view.pk).update(
                is_default=False
            )
    return view


class SavedViewsView(LoginRequiredMixin, View):
    """``/saved-views/<slug>/``: GET asks for a name, POST keeps the list as it is."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        declared_views(slug)
        form = SavedViewForm(initial={"is_pinned": True})
        return self.dialog(form, request.GET.get("state", ""))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        views = declared_views(slug)
        form = SavedViewForm(request.POST)
        state = request.POST.get("state", "")[:8000]
        if form.is_valid():
            view = SavedView(type_id=views.record_type().id, owner=request.user, query=state)  # type: ignore[misc]
            try:
                save_view(view=view, actor=request.user, values=form.cleaned_data)  # type: ignore[arg-type]
            except IntegrityError:
                form.add_error("name", _("You have a view of this name already."))
            else:
                response = go_to(request, f"{views.url('list')}?view={view.pk}")
                return toast(request, response, _("View saved."))
        return self.dialog(form, state, status=422)

    def dialog(self, form: forms.Form, state: str, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "state": state, "url": self.request.path, "view": None}
        return render(self.request, "ui/savedview.html", context, status=status)


class SavedViewView(LoginRequiredMixin, View):
    """``/saved-views/<slug>/<id>/``: change or delete a view of one's own."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        view = self.view(slug, pk)
        names = ("name", "is_pinned", "is_default", "is_shared")
        return self.dialog(view, SavedViewForm(initial={name: getattr(view, name) for name in names}))

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        view, url = self.view(slug, pk), declared_views(slug).url("list")
        if "delete" in request.POST:
            view.delete()
            return toast(request, go_to(request, url), _("View deleted."))
        if "state" in request.POST and "name" not in request.POST:
            save_view(view=view, actor=request.user, values={"query": request.POST["state"][:8000]})  # type: ignore[arg-type]
            return toast(request, go_to(request, f"{url}?view={pk}"), _("View saved."))
        form = SavedViewForm(request.POST)
        if not form.is_valid():
            return self.dialog(view, form, status=422)
        try:
            save_view(view=view, actor=request.user, values=form.cleaned_data)  # type: ignore[arg-type]
        except IntegrityError:
            form.add_error("name", _("You have a view of this name already."))
            return self.dialog(view, form, status=422)
        return toast(request, go_to(request, f"{url}?view={pk}"), _("View saved."))

    def view(self, slug: str, pk: int) -> SavedView:
        record_type = declared_views(slug).record_type()
        seen = Q(owner=self.request.user) | Q(is_shared=True)
        view = get_object_or_404(SavedView.objects.filter(seen), pk=pk, type_id=record_type.id)
        access = access_for(self.request.user)
        if view.owner_id != access.user_id and not access.is_root:
            raise PermissionDenied
        return view

    def dialog(self, view: SavedView, form: forms.Form, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "view": view, "url": self.request.path, "state": view.query}
        return render(self.request, "ui/savedview.html", context, status=status)


def declared_views(slug: str) -> type[Declaration]:
    """Return the pages of the type that addresses call ``slug``, or 404."""
    try:
        model = registry.by_slug(slug).model
    except KeyError:
        raise Http404 from None
    if not has_views(model):
        raise Http404
    return views_of(model)
