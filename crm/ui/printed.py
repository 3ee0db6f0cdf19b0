"""Parts of pages that stay the same are drawn once per process and printed again.

The frame around a page, the composer of a timeline: each is told by a key of all that it
shows. A key holds the language, and the stamp of the small tables (``crm.lib.kept``); what
differs per request stands in holes that are filled when it is printed.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from crm.lib import kept

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from django.http import HttpRequest

#: So many pieces are kept per process: some hundred people's frames, a few megabytes.
MOST = 400
#: Where the token of a form comes in.
TOKEN_HOLE = "@@token@@"

_pieces: OrderedDict[Hashable, str] = OrderedDict()
_lock = Lock()


def printed(
    template: str,
    key: Hashable,
    context: Mapping[str, Any],
    request: HttpRequest,
    *,
    holes: Mapping[str, str] | None = None,
) -> SafeString:
    """Return ``template`` drawn with ``context``, from memory when ``key`` was drawn before.

    ``holes`` are texts of the drawn template and what stands there this time.
    """
    html = piece(template, key, context, request)
    if TOKEN_HOLE in html:
        html = html.replace(TOKEN_HOLE, get_token(request))
    for hole, value in (holes or {}).items():
        html = html.replace(hole, value)
    return mark_safe(html)


def piece(template: str, key: Hashable, context: Mapping[str, Any], request: HttpRequest) -> str:
    """Return the piece as it is kept, with its holes open."""
    stamp = "" if settings.DEBUG else kept.stamp()
    whole = (template, get_language(), stamp, key)
    if stamp:
        with _lock:
            known = _pieces.get(whole)
            if known is not None:
                _pieces.move_to_end(whole)
                return known
    html = render_to_string(template, {**context, "request": request, "csrf_token": TOKEN_HOLE})
    if stamp:
        with _lock:
            _pieces[whole] = html
            while len(_pieces) > MOST:
                _pieces.popitem(last=False)
    return html
