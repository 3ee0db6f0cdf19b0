"""What may be attached: sizes, the organisation's share of the disk, and no programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.records.files.names import ending_of
from crm.records.models.attachment import PDF, Content

if TYPE_CHECKING:
    from crm.records.files.sniffing import Kind

USED = "files:used"
USED_SECONDS = 300
#: What computers run when somebody opens it.
PROGRAM_ENDINGS = re.compile(
    "ade|adp|apk|appx?|bat|chm|cmd|com|cpl|dll|dmg|exe|hta|ins|isp|jar|jse?|lib|lnk|mde|msc|msix?|msp|mst|nsh"
    "|pif|ps1|psm1|reg|scf|scr|sct|sh|sys|url|vb|vb[es]|vxd|wsc|wsf|wsh|xll"
)
PROGRAM_TYPES = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-elf",
        "application/x-mach-binary",
        "application/x-ms-shortcut",
        "application/java-archive",
        "application/vnd.android.package-archive",
        "text/x-script",
    }
)
#: What people call the content of files that pretend to be something else.
CALLED = {
    "text/html": gettext_lazy("a web page"),
    "image/svg+xml": gettext_lazy("an SVG drawing"),
    "text/plain": gettext_lazy("plain text"),
    "application/zip": gettext_lazy("an archive"),
    "application/octet-stream": gettext_lazy("something unknown"),
}
#: Endings by which people, and other programs, trust a file to be harmless.
SHOWN_ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "webp"})


class FileRefused(ValidationError):
    """A file can't be attached; the message says why, for the person who tried."""


def check_size(name: str, size: int) -> None:
    """Refuse what is empty or too large, and what the organisation has no room for.

    Raises:
        FileRefused: with the code "empty", "too_large" or "no_room".
    """
    if size == 0:
        raise FileRefused(_("“%(name)s” is empty.") % {"name": name}, code="empty")
    if size > settings.FILE_MAX_BYTES:
        text = _("“%(name)s” is too large: %(size)s. A file may have at most %(most)s.")
        known = {
            "name": name,
            "size": filesizeformat(size),
            "most": filesizeformat(settings.FILE_MAX_BYTES),
        }
        raise FileRefused(text % known, code="too_large")
    quota = settings.FILES_QUOTA_BYTES
    if quota and used_bytes() + size > quota:
        text = _(
            "There is no room for “%(name)s”: all files together may have %(quota)s. Ask an administrator."
        )
        raise FileRefused(text % {"name": name, "quota": filesizeformat(quota)}, code="no_room")


def check_kind(name: str, kind: Kind) -> None:
    """Refuse programs, and files that pretend to be pictures or documents.

    Raises:
        FileRefused: with the code "program" or "pretends".
    """
    ending = ending_of(name)
    if PROGRAM_ENDINGS.fullmatch(ending) or kind.media_type in PROGRAM_TYPES:
        text = _(
            "“%(name)s” is a program. Programs can't be attached; put it into an archive with a password."
        )
        raise FileRefused(text % {"name": name}, code="program")
    is_picture = kind.media_type.startswith("image/") and kind.media_type != "image/svg+xml"
    if (ending in SHOWN_ENDINGS and not is_picture) or (ending == "pdf" and kind.media_type != PDF):
        text = _("“%(name)s” is not what its name says: it is %(type)s.")
        held = str(CALLED.get(kind.media_type, kind.media_type))
        raise FileRefused(text % {"name": name, "type": held}, code="pretends")


def used_bytes() -> int:
    """Return how much room all files take; looked up every few minutes, and counted up in between."""
    used: int | None = cache.get(USED)
    if used is None:
        used = Content.objects.aggregate(total=Sum("size"))["total"] or 0
        cache.set(USED, used, USED_SECONDS)
    return used


def count_up(size: int) -> None:
    """Add what has just been stored."""
    try:
        cache.incr(USED, size)
    except ValueError:
        return
