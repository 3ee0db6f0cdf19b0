"""What every page of a record type begins with: who asks, whether they may, which record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from crm.identity.access import Access, access_for
from crm.records.merging import Fate, fate_of
from crm.ui.declaration import Declaration
from crm.ui.formats import page_url, text_day

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User


class Moved(Exception):
    """The record was merged into another one."""

    def __init__(self, survivor: Any, fate: Fate) -> None:
        self.survivor, self.fate = survivor, fate
        super().__init__(str(survivor))


def told_fate(fate: Fate) -> str:
    """Say what became of the record whose old address somebody opened."""
    values = {"record": fate.gone, "who": fate.actor, "day": text_day(fate.at.date()) if fate.at else ""}
    if fate.actor:
        return _("“%(record)s” was merged into this record on %(day)s by %(who)s.") % values
    return _("“%(record)s” was merged into this record on %(day)s.") % values


class RecordPage(LoginRequiredMixin, View):
    """A page of one declared type."""

    views: type[Declaration] = Declaration
    #: The right without which the page is closed: 403.
    permission = "view"

    access: Access
    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.at = timezone.now()
        self.access = access_for(request.user)
        if not self.may_open():
            raise PermissionDenied
        try:
            return super().dispatch(request, *args, **kwargs)
        except Moved as moved:
            return self.led_on(moved)

    def led_on(self, moved: Moved) -> HttpResponse:
        """Lead an old address to the record that stayed, and say why."""
        if self.request.method == "GET" and not self.is_fragment:
            messages.info(self.request, told_fate(moved.fate))
        response = HttpResponsePermanentRedirect(page_url(moved.survivor))
        # A merge can be split again: browsers must not remember this one for ever.
        response.headers["Cache-Control"] = "no-store"
        return response

    def may_open(self) -> bool:
        if self.permission == "view":
            return self.views.may_open(self.access)
        return self.access.can(self.views.model, self.permission) or bool(
            self.access.shared(self.views.model, self.permission)
        )

    @property
    def actor(self) -> User:
        """Who asks; guests never come this far."""
        return self.request.user  # type: ignore[return-value]

    @property
    def model(self) -> Any:
        return self.views.model

    def get_record(self, pk: int, *, action: str = "view", needs: tuple[str, ...] = ()) -> Any:
        """Return the record if the viewer sees it.

        Raises:
            Http404: when it is hidden, or not there.
            PermissionDenied: when it is seen but the viewer may not ``action`` it.
            Moved: when it was merged.
        """
        rows = self.model.objects.visible_to(self.request.user)
        record = rows.select_related(*needs).filter(pk=pk).first()
        if record is None:
            raise self._missing(pk)
        if action != "view" and not self.access.can(self.model, action, record):
            raise PermissionDenied
        return record

    def _missing(self, pk: int) -> Exception:
        fate = fate_of(self.views.record_type(), pk)
        rows = self.model.objects.visible_to(self.request.user)
        survivor = rows.filter(pk=fate.survivor_id).first() if fate else None
        return Moved(survivor, fate) if survivor and fate else Http404()

    def show(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Render a page or a part of one."""
        base = {
            "views": self.views,
            "record_type": self.views.record_type(),
            "access": self.access,
            "at": self.at,
        }
        return render(self.request, template, {**base, **(context or {})}, status=status)

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asked for a part of the page."""
        return bool(getattr(self.request, "htmx", False)) and not self.request.htmx.boosted  # type: ignore[attr-defined]
