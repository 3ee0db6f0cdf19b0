"""Photos and logos: checked, cut to size and written anew, so that nothing else rides along."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def redraw(file: UploadedFile[Any], *, side: int, square: bool) -> ContentFile[bytes]:
    """Return the picture as a PNG of at most ``side`` pixels, without metadata.

    Raises:
        ValidationError: when it is too big or no picture.
    """
    if (file.size or 0) > MOST_BYTES:
        raise ValidationError(_("The picture is larger than 5 MB."))
    try:
        file.seek(0)
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValidationError(_("The picture has too many pixels."))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as failure:
        raise ValidationError(_("This is no picture that can be read: JPEG, PNG, WebP or GIF.")) from failure
    if square:
        upright = ImageOps.fit(upright, (min(side, *upright.size),) * 2)
    else:
        upright.thumbnail((side, side))
    target = BytesIO()
    upright.save(target, format="PNG", optimize=True)
    return ContentFile(target.getvalue(), name="picture.png")
