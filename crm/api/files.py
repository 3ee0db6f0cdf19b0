"""Files of records over REST: list, add, read, download, delete."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api import errors
from crm.api.permissions import TypePermission, may_write
from crm.identity.access import access_for
from crm.records import files
from crm.records.files import FileRefused, rights
from crm.records.models import Attachment
from crm.ui.sending import file_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rest_framework.request import Request

    from crm.records.registry import RecordType

FILE = {
    "type": "object",
    "required": ["id", "name", "size", "media_type", "sha256", "added_at", "added_by", "url", "content_url"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "size": {"type": "integer", "description": "In bytes."},
        "media_type": {"type": "string", "description": "By the content, not by the name."},
        "sha256": {"type": "string"},
        "added_at": {"type": "string", "format": "date-time"},
        "added_by": {"type": "integer", "nullable": True},
        "url": {"type": "string"},
        "content_url": {"type": "string"},
    },
}
FILES = {
    "type": "object",
    "required": ["results", "next"],
    "properties": {
        "results": {"type": "array", "items": FILE},
        "next": {"type": "string", "nullable": True},
    },
}
UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}
REFUSED: dict[int, Any] = {
    400: OpenApiResponse(errors.SCHEMA, "Refused: empty, too large, a program, or not what its name says."),
    403: OpenApiResponse(errors.SCHEMA, "You see the record but may not do this."),
    404: OpenApiResponse(errors.SCHEMA, "Not there, or not yours to see."),
}


def as_json(attachment: Attachment, request: Request) -> dict[str, Any]:
    """Return what REST tells of a file."""
    path = f"/api/v1/files/{attachment.pk}/"
    return {
        "id": attachment.pk,
        "name": attachment.name,
        "size": attachment.content.size,
        "media_type": attachment.content.media_type,
        "sha256": attachment.content.sha256,
        "added_at": attachment.created_at.isoformat(),
        "added_by": attachment.uploader_id,
        "url": request.build_absolute_uri(path),
        "content_url": request.build_absolute_uri(f"{path}content/"),
    }


@contextmanager
def told() -> Iterator[None]:
    """Turn what the service refuses into an answer of REST."""
    try:
        yield
    except FileRefused as refused:
        if refused.code == "forbidden":
            raise PermissionDenied(" ".join(refused.messages)) from refused
        raise ValidationError({"file": refused.messages}) from refused


class RecordFilesApi(APIView):
    """``/api/v1/deals/12/files/``."""

    permission_classes = (TypePermission,)
    parser_classes = (MultiPartParser,)
    record_type: ClassVar[Any] = None

    def __init__(self, record_type: RecordType | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.record_type = record_type  # type: ignore[misc]

    def get_record(self, pk: int) -> Any:
        record = self.record_type.model.objects.visible_to(self.request.user).filter(pk=pk).first()
        if record is None:
            raise Http404
        return record

    @extend_schema(summary="List the files", responses={200: FILES, 404: REFUSED[404]})
    def get(self, request: Request, pk: int) -> Response:
        record = self.get_record(pk)
        rows = Attachment.objects.filter(type_id=record.ref.type_id, record_id=record.pk, deleted_at=None)
        rows = rows.select_related("content").order_by("-created_at", "-pk")
        found = rights.shown(rows, access_for(request.user))
        return Response({"results": [as_json(one, request) for one in found], "next": None})

    @extend_schema(summary="Add a file", request=UPLOAD, responses={201: FILE, **REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        record = self.get_record(pk)
        upload: Any = request.FILES.get("file")
        if upload is None:
            raise ValidationError({"file": [_("Send the file as “file” of a multipart form.")]})
        actor: Any = request.user
        with told():
            made = files.attach(record=record, upload=upload, actor=actor, at=timezone.now(), via="rest")
        return Response(as_json(made, request), status=status.HTTP_201_CREATED)


class FileApi(APIView):
    """``/api/v1/files/5/``."""

    permission_classes = (IsAuthenticated,)

    def get_file(self, pk: int) -> Attachment:
        attachment = Attachment.objects.select_related("content").filter(pk=pk, deleted_at=None).first()
        if attachment is None or attachment.is_staged or not rights.may_open(attachment, self.request.user):
            raise Http404
        return attachment

    @extend_schema(
        operation_id="files_read", summary="Read about a file", responses={200: FILE, 404: REFUSED[404]}
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(as_json(self.get_file(pk), request))

    @extend_schema(
        operation_id="files_delete", summary="Delete (to the bin)", responses={204: None, **REFUSED}
    )
    def delete(self, request: Request, pk: int) -> Response:
        if request.method not in SAFE_METHODS and not may_write(request.auth):
            raise PermissionDenied(_("This token was made for reading only."))
        actor: Any = request.user
        with told():
            files.remove([self.get_file(pk)], actor=actor, at=timezone.now(), via="rest")
        return Response(status=status.HTTP_204_NO_CONTENT)


class FileContentApi(FileApi):
    """``/api/v1/files/5/content/``: the bytes."""

    http_method_names = ("get", "head", "options")

    @extend_schema(
        operation_id="files_content",
        summary="Download",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 404: REFUSED[404]},
    )
    def get(self, request: Request, pk: int) -> FileResponse:  # type: ignore[override]
        return file_response(self.get_file(pk))
