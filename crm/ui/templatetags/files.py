"""Template tags of files: what a place for files must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from crm.ui.files import too_large

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def file_attributes(url: str = "") -> SafeString:
    """Write the attributes of a ``<file-panel>``: where files go, how large they may be, what is said."""
    return format_html(
        'url="{}" most="{}" too-large="{}" offline="{}" pasted="{}"',
        url or reverse("ui:files_staged"),
        settings.FILE_MAX_BYTES,
        too_large(),
        _("The connection was lost. The file is still here: try again."),
        _("Screenshot"),
    )
