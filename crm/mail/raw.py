"""Raw letters, kept as they came: once however many mailboxes they lie in."""

from __future__ import annotations

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def keep(raw: bytes) -> tuple[str, str]:
    """Keep a raw letter; return its place and its digest. Keeping it twice is once."""
    digest = sha256(raw).hexdigest()
    path = f"mail/{digest[:2]}/{digest}.eml"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(raw))
    return path, digest


def read(path: str) -> bytes:
    """Return a raw letter.

    Raises:
        FileNotFoundError: when it is gone.
    """
    with default_storage.open(path, "rb") as file:
        return bytes(file.read())
