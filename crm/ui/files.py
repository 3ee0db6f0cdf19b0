"""Files on the page of a record: adding, showing, downloading, removing.

A file that somebody else uploaded is a stranger in our house: it is sent with its true type only
where a browser can do no harm with it, as a download otherwise, and never runs in our origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from crm.identity.access import access_for
from crm.records import files, registry
from crm.records.files import FileRefused, rights
from crm.records.models import Attachment, Record
from crm.records.models.attachment import PDF
from crm.records.models.customfield import PREFIX
from crm.ui.feedback import toast, trigger
from crm.ui.panels import RelatedPanel, panels
from crm.ui.sending import file_response

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: So many stand in the panel; the rest is one click away.
LIMIT = 8
#: A text is shown as far as this.
TEXT_BYTES = 64 * 1024
SIGNS = {
    "application/pdf": "file-type-pdf",
    "text/csv": "file-spreadsheet",
    "application/zip": "file-zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "file-spreadsheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "file-text",
    "text/plain": "file-text",
}


class FileLine:
    """One file as a list shows it to one viewer."""

    def __init__(self, attachment: Attachment, *, may_remove: bool = False) -> None:
        self.attachment = attachment
        self.may_remove = may_remove

    @property
    def icon(self) -> str:
        kind = self.attachment.content.media_type
        return SIGNS.get(kind) or ("photo" if kind.startswith("image/") else "file")

    @property
    def size(self) -> str:
        return filesizeformat(self.attachment.content.size)

    @property
    def url(self) -> str:
        return reverse("ui:file", args=[self.attachment.pk])

    @property
    def has_preview(self) -> bool:
        content = self.attachment.content
        return content.shows_inline or content.media_type == "text/plain"


def lines_of(record: Any, user: Any, *, limit: int | None = None) -> tuple[list[FileLine], bool]:
    """Return the files of a record, newest first, and whether there are more."""
    rows = Attachment.objects.filter(type_id=record.ref.type_id, record_id=record.pk, deleted_at=None)
    rows = rows.select_related("content", "uploader").order_by("-created_at", "-pk")
    found = list(rows[: limit + 1] if limit else rows)
    has_more = limit is not None and len(found) > limit
    access = access_for(user)
    may_change = access.can(type(record), "change", record)
    lines = [
        FileLine(one, may_remove=may_change or one.uploader_id == access.user_id)
        for one in rights.shown(found[:limit], access)
    ]
    return lines, has_more


def panel_context(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return what the panel of files shows on the page of ``record``."""
    lines, has_more = lines_of(record, request.user, limit=LIMIT)
    return {
        "lines": lines,
        "has_more": has_more,
        "may_add": rights.may_add(record, request.user),
        "url": reverse("ui:files_on", args=[record.record_type.slug, record.pk]),
    }


def too_large() -> str:
    return _("Too large. A file may have at most %(most)s.") % {
        "most": filesizeformat(settings.FILE_MAX_BYTES)
    }


def register_panel() -> None:
    """Put the panel of files on the page of every type."""
    panel = RelatedPanel(
        key="files",
        title=gettext_lazy("Files"),
        template="ui/files/panel.html",
        context=panel_context,
        order=90,
        lazy="soon",
        icon="paperclip",
    )
    panels.register(on="*", panel=panel)


class FilePage(LoginRequiredMixin, View):
    """What the addresses of files begin with."""

    at: datetime

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.at = timezone.now()
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> Any:
        return self.request.user

    def get_record(self, slug: str, pk: int) -> Any:
        """Return the record on which files lie, if the viewer sees it."""
        try:
            model: Any = registry.by_slug(slug).model
        except KeyError:
            raise Http404 from None
        if not issubclass(model, Record):
            raise Http404
        return get_object_or_404(model.objects.visible_to(self.actor), pk=pk)

    def get_file(self, pk: int) -> Attachment:
        """Return a file that the viewer may open."""
        attachment = Attachment.objects.select_related("content", "uploader").filter(pk=pk).first()
        if attachment is None or not rights.may_open(attachment, self.actor):
            raise Http404
        return attachment

    def upload(self) -> Any:
        """Return the file that was sent."""
        size = self.request.headers.get("content-length") or "0"
        if size.isdecimal() and int(size) > settings.FILE_MAX_BYTES + 1024 * 1024:
            raise FileRefused(too_large(), code="too_large")
        sent = self.request.FILES.get("file")
        if sent is None:
            raise FileRefused(_("No file arrived. Try again."), code="missing")
        return sent

    def refused(self, error: FileRefused) -> HttpResponse:
        status = {"forbidden": 403, "too_large": 413}.get(error.code or "", 422)
        return HttpResponse(" ".join(error.messages), status=status, content_type="text/plain; charset=utf-8")


class RecordFilesView(FilePage):
    """``files/on/deals/12/``: GET shows the list, or the bin; POST adds one file."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_record(slug, pk)
        if "bin" in request.GET:
            return render(request, "ui/files/bin.html", {"lines": self.removed(record), "record": record})
        lines, has_more = lines_of(record, request.user, limit=None if "all" in request.GET else LIMIT)
        context = {"lines": lines, "has_more": has_more, "url": request.path}
        return render(request, "ui/files/list.html", context)

    def removed(self, record: Any) -> list[FileLine]:
        rows = Attachment.objects.filter(
            type_id=record.ref.type_id, record_id=record.pk, deleted_at__isnull=False
        )
        found = rows.select_related("content", "uploader").order_by("-deleted_at")[:200]
        return [FileLine(one) for one in found if rights.may_change(one, record, self.actor)]

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_record(slug, pk)
        try:
            made = files.attach(record=record, upload=self.upload(), actor=self.actor, at=self.at)
        except FileRefused as refused:
            return self.refused(refused)
        line = FileLine(made, may_remove=True)
        return render(request, "ui/files/line.html", {"line": line, "record": record}, status=201)


class StagedView(FilePage):
    """``files/staged/``: keeps a file for the note that is being written."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            made = files.stage(upload=self.upload(), actor=self.actor, at=self.at)
        except FileRefused as refused:
            return self.refused(refused)
        # A custom field takes its file under a name of its own.
        name = request.GET.get("name", "")
        context = {"line": FileLine(made), "input": name if name.startswith(PREFIX) else ""}
        return render(request, "ui/files/staged.html", context, status=201)


class FileView(FilePage):
    """``files/5/``: the bytes, to be saved; with ``?inline`` shown, where that is safe."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return file_response(self.get_file(pk), inline="inline" in request.GET)


class ThumbnailView(FilePage):
    """``files/5/small/``: the small picture that we have drawn ourselves."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        content = self.get_file(pk).content
        if not content.thumbnail:
            raise Http404
        try:
            response = FileResponse(content.thumbnail.open("rb"), content_type="image/webp")
        except OSError as gone:
            raise Http404 from gone
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response


class PreviewView(FilePage):
    """``files/5/preview/``: the file in a dialog, with its neighbours."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        attachment = self.get_file(pk)
        content = attachment.content
        before, after = self.neighbours(attachment)
        context = {
            "line": FileLine(attachment),
            "is_pdf": content.media_type == PDF,
            "text": self.text(attachment) if content.media_type == "text/plain" else None,
            "before": before,
            "after": after,
        }
        return render(request, "ui/files/preview.html", context)

    def neighbours(self, attachment: Attachment) -> tuple[int | None, int | None]:
        if attachment.is_staged:
            return None, None
        rows = Attachment.objects.filter(
            type_id=attachment.type_id, record_id=attachment.record_id, deleted_at=None, field=""
        )
        ids = list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True))
        if attachment.pk not in ids:
            return None, None
        place = ids.index(attachment.pk)
        return (ids[place - 1] if place else None), (ids[place + 1] if place + 1 < len(ids) else None)

    def text(self, attachment: Attachment) -> str:
        try:
            with attachment.content.file.open("rb") as file:
                return str(file.read(TEXT_BYTES).decode("utf-8", "replace"))
        except OSError as gone:
            raise Http404 from gone


class RemoveFileView(FilePage):
    """``files/5/delete/``: puts the file into the bin; the toast brings it back."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        attachment = self.get_file(pk)
        try:
            files.remove([attachment], actor=self.actor, at=self.at)
        except FileRefused as refused:
            raise PermissionDenied(str(refused)) from None
        response = HttpResponse("")
        if attachment.is_staged:
            return response
        trigger(response, "factChanged", {})
        undo = reverse("ui:file_restore", args=[pk])
        return toast(request, response, _("“%(name)s” is in the bin.") % {"name": attachment.name}, undo=undo)


class RestoreFileView(FilePage):
    """``files/5/restore/``: takes it out of the bin."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        attachment = self.get_file(pk)
        try:
            files.restore([attachment], actor=self.actor, at=self.at)
        except FileRefused as refused:
            raise PermissionDenied(str(refused)) from None
        response = trigger(HttpResponse(""), "recordsChanged", {})
        return toast(request, response, _("“%(name)s” is back.") % {"name": attachment.name})


def files_by_activity(ids: Sequence[int], added: Sequence[int]) -> dict[int, list[FileLine]]:
    """Return the files of notes by the note's id, and single ones by minus their own: one query."""
    found: dict[int, list[FileLine]] = {}
    if not ids and not added:
        return found
    rows = Attachment.objects.filter(deleted_at=None, field="").select_related("content")
    either = rows.filter(activity_id__in=ids) | rows.filter(pk__in=added)
    for one in either.order_by("pk"):
        if one.activity_id is not None:
            found.setdefault(one.activity_id, []).append(FileLine(one))
        if one.pk in added:
            found[-one.pk] = [FileLine(one)]
    return found
