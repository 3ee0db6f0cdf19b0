"""Sending a stranger's file so that it can do no harm: to be saved, or shown where that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse, Http404

from crm.records.models.attachment import PDF
from crm.security import HEADER

if TYPE_CHECKING:
    from crm.records.models import Attachment

#: Nothing is loaded, nothing runs, and the answer has an origin of its own.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
#: Browsers refuse to show a PDF inside a sandbox. Its viewer is no part of our origin, and without
#: sources nothing could be loaded; our own dialog may frame it.
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
#: With these a browser does no more than save: whatever else it might be taken for.
PLAIN = "application/octet-stream"
RUNS = ("text/html", "image/svg+xml", "application/xml", "application/xhtml+xml", "text/xml")


def file_response(attachment: Attachment, *, inline: bool = False) -> FileResponse:
    """Return the bytes of a file; the caller has asked whether the viewer may open it.

    Raises:
        Http404: when the storage has lost them.
    """
    content = attachment.content
    shows = inline and content.shows_inline
    media_type = PLAIN if content.media_type in RUNS else content.media_type
    try:
        file = content.file.open("rb")
    except OSError as gone:
        raise Http404 from gone
    response = FileResponse(file, as_attachment=not shows, filename=attachment.name, content_type=media_type)
    is_pdf = shows and content.media_type == PDF
    response.headers[HEADER] = PDF_POLICY if is_pdf else SANDBOX
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if is_pdf else "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # The bytes of one file never change; the right to see them may.
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
