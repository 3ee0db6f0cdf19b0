"""Names of folders on mail servers, which are written in an alphabet of their own (RFC 3501, 5.1.3)."""

from __future__ import annotations

import re
from base64 import b64decode


def decode_name(name: str) -> str:
    """Return the name of a folder as people read it (modified UTF-7)."""

    def decoded(match: re.Match[str]) -> str:
        if not match[1]:
            return "&"
        data = match[1].replace(",", "/")
        try:
            return b64decode(data + "=" * (-len(data) % 4)).decode("utf-16-be")
        except ValueError:
            return match[0]

    return re.sub(r"&([^-]*)-", decoded, name)
