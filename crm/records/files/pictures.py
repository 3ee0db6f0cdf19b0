"""Small pictures of pictures, drawn anew, so that nothing hidden in the original rides along."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

from crm.records.files.sniffing import PICTURES

if TYPE_CHECKING:
    from crm.records.models import Content

logger = logging.getLogger(__name__)

SIDE = 480
#: Larger ones are left to a worker: nobody should wait for them.
AT_ONCE = 9_000_000


def is_quick(content: Content) -> bool:
    """Tell whether the small picture is drawn while the person waits."""
    return (content.width or 0) * (content.height or 0) <= AT_ONCE


def draw(content: Content) -> bool:
    """Draw and keep the small picture of ``content``; tell whether there is one."""
    if not content.is_picture or content.thumbnail:
        return bool(content.thumbnail)
    try:
        with content.file.open("rb") as file, Image.open(file, formats=tuple(PICTURES)) as picture:
            picture.draft("RGB", (SIDE, SIDE))
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((SIDE, SIDE))
            small = small.convert("RGBA" if "A" in small.getbands() or small.mode == "P" else "RGB")
            target = BytesIO()
            small.save(target, format="WEBP", quality=80)
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        logger.info("No small picture of %s", content, exc_info=True)
        return False
    content.thumbnail.save("small", ContentFile(target.getvalue()), save=False)
    content.save(update_fields=["thumbnail"])
    return True
