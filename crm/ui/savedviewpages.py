"""The pages of saved views: the dialog that names one, and all views of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from crm.identity.access import access_for
from crm.identity.models import Role
from crm.records import registry
from crm.records.models import SavedView
from crm.ui import savedviews
from crm.ui.admin.rights import may_administer
from crm.ui.declaration import Declaration, has_views, views_of
from crm.ui.drawn import Drawn
from crm.ui.feedback import go_to, toast
from crm.ui.states import ListState
from crm.ui.viewtabs import Tabs

if TYPE_CHECKING:
    from crm.identity.models import User


class SavedViewForm(Drawn, forms.Form):
    """The name of a view, who sees it, and for whom it opens first."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    is_pinned = forms.BooleanField(label=gettext_lazy("Show as a tab"), required=False)
    is_first = forms.BooleanField(label=gettext_lazy("Open this view first"), required=False)
    is_shared = forms.BooleanField(label=gettext_lazy("Show it to everybody"), required=False)
    role = forms.ModelChoiceField(
        label=gettext_lazy("Opens first for everybody with the role"),
        queryset=Role.objects.none(),
        required=False,
        empty_label=gettext_lazy("no role"),
    )

    def __init__(self, *args: Any, user: User, model: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not savedviews.may_share(user, model):
            del self.fields["is_shared"]
        if may_administer(user):
            role: Any = self.fields["role"]
            role.queryset = Role.objects.order_by("name")
        else:
            del self.fields["role"]

    @property
    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        if "role" in found:
            found["is_default"] = found["role"] is not None
        return found


class ViewsPage(LoginRequiredMixin, View):
    """Common ground: the list that the address names, and the views of it that the person sees."""

    def declared(self, slug: str) -> type[Declaration]:
        try:
            model = registry.by_slug(slug).model
        except KeyError:
            raise Http404 from None
        if not has_views(model) or not views_of(model).may_open(access_for(self.request.user)):
            raise Http404
        return views_of(model)

    @property
    def user(self) -> User:
        return self.request.user  # type: ignore[return-value]

    def tabs(self, views: type[Declaration]) -> Tabs:
        return Tabs(self.user, views.record_type().id)

    def view_of(self, views: type[Declaration], pk: int, *, to_change: bool = True) -> SavedView:
        """Return a view that the person sees; 403 when it is not theirs to change."""
        found = next((one for one in self.tabs(views).views() if one.pk == pk), None)
        if found is None and may_administer(self.user):
            found = SavedView.objects.filter(pk=pk, type_id=views.record_type().id).first()
        if found is None:
            raise Http404
        if to_change and not savedviews.may_change(self.user, found):
            raise PermissionDenied
        return found

    def dialog(
        self, form: forms.Form, view: SavedView | None, state: str, *, status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "view": view, "url": self.request.path, "state": state}
        return render(self.request, "ui/savedview.html", context, status=status)

    def save(
        self, views: type[Declaration], form: SavedViewForm, view: SavedView, *, is_new: bool
    ) -> HttpResponse:
        """Keep a view, or ask again where it can't be kept."""
        if form.is_valid():
            try:
                savedviews.save_view(view=view, actor=self.user, values=form.values)
            except savedviews.NameTaken:
                form.add_error("name", _("You have a view of this name already."))
            except savedviews.TooLong:
                form.add_error(None, _("This list says more than a view can keep. Drop some conditions."))
            else:
                if not is_new:
                    self.tabs(views).pin(view.pk, is_on=form.cleaned_data["is_pinned"])
                response = go_to(self.request, f"{views.url('list')}?view={view.pk}")
                return toast(self.request, response, _("View saved."))
        return self.dialog(form, None if is_new else view, view.query, status=422)


class SavedViewsView(ViewsPage):
    """``/saved-views/<slug>/``: GET asks for a name, POST keeps the list as it is."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        views = self.declared(slug)
        form = SavedViewForm(initial={"is_pinned": True}, user=self.user, model=views.model)
        return self.dialog(form, None, request.GET.get("state", ""))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        views = self.declared(slug)
        form = SavedViewForm(request.POST, user=self.user, model=views.model)
        view = SavedView(type_id=views.record_type().id, owner=self.user, query=request.POST.get("state", ""))
        return self.save(views, form, view, is_new=True)


class SavedViewView(ViewsPage):
    """``/saved-views/<slug>/<id>/``: change, copy, pin, move or delete a view."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        views = self.declared(slug)
        view, tabs = self.view_of(views, pk), self.tabs(views)
        names = ("name", "is_shared", "role")
        initial = {name: getattr(view, name) for name in names}
        initial |= {"is_pinned": tabs.is_pinned(view), "is_first": tabs.first([view]) is not None}
        return self.dialog(
            SavedViewForm(initial=initial, user=self.user, model=views.model), view, view.query
        )

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        views = self.declared(slug)
        for act in ("delete", "copy", "pin", "unpin", "up", "down", "first"):
            if act in request.POST:
                return self.do(views, act, pk)
        view = self.view_of(views, pk)
        if "name" in request.POST:
            form = SavedViewForm(request.POST, user=self.user, model=views.model)
            return self.save(views, form, view, is_new=False)
        return self.keep_state(views, view)

    def keep_state(self, views: type[Declaration], view: SavedView) -> HttpResponse:
        """Save the changed list under the same name."""
        url = f"{views.url('list')}?view={view.pk}"
        try:
            savedviews.save_view(view=view, actor=self.user, values={"query": self.request.POST["state"]})
        except savedviews.TooLong:
            text = _("This list says more than a view can keep. Drop some conditions.")
            return toast(self.request, HttpResponse(status=204), text, tone="danger")
        return toast(self.request, go_to(self.request, url), _("View saved."))

    def do(self, views: type[Declaration], act: str, pk: int) -> HttpResponse:
        """Do what a button of the tabs or of the page of views asks."""
        slug, tabs = views.record_type().slug, self.tabs(views)
        view = self.view_of(views, pk, to_change=act == "delete")
        all_url = reverse("ui:all_views", args=[slug])
        if act == "delete":
            kept = savedviews.delete_view(view=view)
            undo = f"{reverse('ui:view_restore', args=[slug])}?kept={kept}"
            url = all_url if "stay" in self.request.POST else views.url("list")
            return toast(self.request, go_to(self.request, url), _("View deleted."), undo=undo)
        if act == "copy":
            copy = savedviews.copy_view(view=view, actor=self.user)
            return toast(
                self.request, go_to(self.request, f"{views.url('list')}?view={copy.pk}"), _("View copied.")
            )
        if act in ("pin", "unpin"):
            tabs.pin(pk, is_on=act == "pin")
        elif act == "first":
            tabs.open_first("all" if tabs.first(tabs.views()) == view else pk)
        else:
            tabs.move(pk, up=act == "up")
        return go_to(self.request, all_url)


class RestoreViewView(ViewsPage):
    """``/saved-views/<slug>/restore/``: brings a deleted view back."""

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        views = self.declared(slug)
        try:
            view = savedviews.restore_view(kept=request.GET.get("kept", ""), actor=self.user)
        except (signing.BadSignature, PermissionError):
            raise Http404 from None
        except savedviews.NameTaken:
            text = _("You have a view of this name already.")
            return toast(request, HttpResponse(status=204), text, tone="danger")
        return toast(request, go_to(request, f"{views.url('list')}?view={view.pk}"), _("View restored."))


class AllViewsView(ViewsPage):
    """``/saved-views/<slug>/all/``: every view of a list, what each asks, and how it stands as a tab."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        views = self.declared(slug)
        tabs = self.tabs(views)
        found = tabs.views()
        first = tabs.first(found)
        rows = [
            {
                "view": one,
                "url": f"{views.url('list')}?view={one.pk}",
                "act_url": reverse("ui:saved_view", args=[slug, one.pk]),
                "sentence": self.sentence(views, one),
                "is_pinned": tabs.is_pinned(one),
                "is_first": one == first,
                "may_change": savedviews.may_change(self.user, one),
            }
            for one in found
        ]
        context = {"rows": rows, "record_type": views.record_type(), "list_url": views.url("list")}
        return render(request, "ui/savedviews.html", context)

    def sentence(self, views: type[Declaration], view: SavedView) -> str:
        """Say what a view asks for."""
        state = ListState(views, self.user, QueryDict(view.query), timezone.now())
        chips = state.filters.chips()
        return ", ".join(f"{chip.label}: {chip.sentence}" if chip.label else chip.sentence for chip in chips)
