"""HTML from strangers, made safe to look at.

What nh3 lets through carries no script, no form and no style that reaches beyond the letter.
Pictures of the letter itself come along; those on the web only when somebody asks, and then
through us, so that the sender learns nothing of who looks. The page is shown in a sandboxed frame
under a policy of its own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

import nh3
from django.core import signing
from django.urls import reverse

from crm.mail.parsing import parse
from crm.records.files.sniffing import PICTURES

if TYPE_CHECKING:
    from crm.mail.parsing import Letter

SALT = "crm.mail.image"
IMAGE_SECONDS = 3600
#: Larger pictures of a letter are files below it.
LARGEST_INLINE = 3_000_000
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: {origin}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
TAGS = (nh3.ALLOWED_TAGS | {"font", "center", "u", "style"}) - {"style", "form", "input", "button"}
STYLED = {"style", "align", "valign", "bgcolor", "color", "width", "height", "dir", "lang", "title"}
ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": STYLED,
}
PROPERTIES = {
    "color", "background-color", "background", "font", "font-family", "font-size", "font-style",
    "font-weight",
    "line-height", "letter-spacing", "text-align", "text-decoration", "text-indent", "text-transform",
    "vertical-align", "white-space", "word-break", "margin", "margin-top", "margin-right", "margin-bottom",
    "margin-left", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "border",
    "border-top", "border-right", "border-bottom", "border-left", "border-color", "border-style",
    "border-width",
    "border-collapse", "border-spacing", "border-radius", "width", "max-width", "min-width", "height",
    "max-height", "display", "list-style", "list-style-type", "direction", "table-layout",
}  # fmt: skip
IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(")', re.IGNORECASE)
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    "<style>body{{margin:12px;font:14px/1.5 system-ui,sans-serif;color:#1a1d21;background:#fff;"
    "overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}table{{max-width:100%}}"
    "blockquote{{margin:0 0 0 8px;padding-left:10px;border-left:2px solid #c6ccd4;color:#555}}"
    "pre{{white-space:pre-wrap}}</style></head><body>{body}</body></html>"
)


def safe_page(raw: bytes, *, with_images: bool, origin: str) -> tuple[str, int]:
    """Return a letter's HTML as a page, and how many pictures from the web it leaves out."""
    letter = parse(raw)
    body = clean(letter.html)
    pictures = _own_pictures(letter)
    left_out = 0

    def source(match: re.Match[str]) -> str:
        nonlocal left_out
        address = match[2].replace("&amp;", "&")
        if address.lower().startswith("cid:"):
            return match[1] + pictures.get(address[4:], "") + match[3]
        if address.lower().startswith("data:image/"):
            return match[0]
        if not address.lower().startswith(("http://", "https://")) or not with_images:
            left_out += address.lower().startswith("http")
            return match[1] + match[3]
        return match[1] + image_url(address, origin) + match[3]

    return PAGE.format(body=IMAGE.sub(source, body)), left_out


def clean(html: str) -> str:
    """Return HTML without anything that acts, loads or reaches out."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        clean_content_tags={"script", "style", "title", "template"},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        filter_style_properties=PROPERTIES,
        attribute_filter=_attribute,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Let no style fetch anything, and no link run anything."""
    bare = re.sub(r"[\s\x00-\x1f]+", "", value).lower()
    if name == "style" and ("url(" in bare or "expression(" in bare or "\\" in bare):
        return None
    if name == "href" and bare.startswith(("data:", "cid:")):
        return None
    if name == "src" and bare.startswith("data:") and not bare.startswith("data:image/"):
        return None
    return value


def _own_pictures(letter: Letter) -> dict[str, str]:
    """Return the pictures that came with a letter, written so that the page holds them."""
    found = {}
    for one in letter.files:
        if one.content_id and one.media_type in PICTURES.values() and len(one.data) <= LARGEST_INLINE:
            found[one.content_id] = f"data:{one.media_type};base64,{b64encode(one.data).decode('ascii')}"
    return found


def image_url(address: str, origin: str) -> str:
    """Return where a picture of the web is fetched through us; only we can make such addresses."""
    return f"{origin}{reverse('mail:image')}?u={signing.dumps(address, salt=SALT, compress=True)}"


def image_address(given: str) -> str:
    """Return the picture's own address.

    Raises:
        signing.BadSignature: when it is not ours, or too old.
    """
    return str(signing.loads(given, salt=SALT, max_age=IMAGE_SECONDS))
