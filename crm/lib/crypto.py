"""Secrets at rest: a copy of the database alone reads none of them.

Values are encrypted with a key made from SECRET_KEY; those written under an earlier key, named
in OLD_SECRET_KEYS, can still be read, and ``manage.py rotate_secrets`` writes them anew.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: How an encrypted value begins, so that one written before there was encryption is still read.
MARK = "enc1:"
#: What the keys are for: the same SECRET_KEY signs sessions with other ones.
PURPOSE = b"artel secrets at rest"

#: Name of a kind of secrets → encrypts all of them anew, returns how many.
Rotation = Callable[[], int]
_rotations: dict[str, Rotation] = {}


class Unreadable(Exception):
    """No key that we have opens this value."""


def encrypt(text: str) -> str:
    """Return ``text`` as it may rest in the database."""
    return MARK + _keys().encrypt(text.encode()).decode("ascii")


def decrypt(kept: str) -> str:
    """Return what ``encrypt`` was given.

    Raises:
        Unreadable: when the key is not ours any more.
    """
    if not kept.startswith(MARK):
        return kept
    try:
        return _keys().decrypt(kept.removeprefix(MARK).encode("ascii")).decode()
    except InvalidToken as wrong:
        raise Unreadable from wrong


def rotate(kept: str) -> str:
    """Return the same secret under the newest key."""
    return encrypt(decrypt(kept))


def register_rotation(name: str, rotation: Rotation) -> None:
    """Have ``rotation`` called by ``manage.py rotate_secrets``; from ``AppConfig.ready``."""
    _rotations[name] = rotation


def rotations() -> dict[str, Rotation]:
    return dict(_rotations)


def _keys() -> MultiFernet:
    return _keys_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _keys_of(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in secrets])


def _fernet(secret: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
