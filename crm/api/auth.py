"""Signing in by ``Authorization: Bearer <token>``; a page of ours may use its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from crm.accounts.tokens import find_token, note_address

if TYPE_CHECKING:
    from rest_framework.request import Request


class BearerToken(BaseAuthentication):
    """Finds the person by the token they made in their settings."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = find_token(secret.strip(), at=timezone.now())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, or its owner is switched off."))
        note_address(token, request._request, at=timezone.now())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
