"""Taking money online: what a payment provider must be able to do, and a local one for trying it out.

A provider is registered from ``AppConfig.ready``. It leads the payer to its page and later says
what was paid; what it says twice counts once, since each payment has its reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sales.models import Invoice


@dataclass(frozen=True, slots=True)
class Paid:
    """What a provider says was paid."""

    invoice_id: int
    amount: Decimal
    reference: str


class Provider(Protocol):
    """A way of paying."""

    key: str

    def page_for(self, invoice: Invoice, *, back_url: str) -> str:
        """Return the address where the payer goes on; ``back_url`` leads them back."""

    def read(self, request: HttpRequest) -> Paid | None:
        """Return what a call of the provider says; nothing when it is not genuine or nothing was paid."""


_known: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    """Hand a provider in, from ``AppConfig.ready``."""
    _known[provider.key] = provider


def providers() -> list[Provider]:
    """Return the ways of paying that are switched on."""
    return [one for one in _known.values() if one.key in settings.PAYMENT_PROVIDERS]


def provider(key: str) -> Provider | None:
    return next((one for one in providers() if one.key == key), None)


class LocalTest:
    """Pays nothing: a page of our own where one says "paid", to try the way of an invoice."""

    key = "test"
    signer = TimestampSigner(salt="payments.test")
    KEEP = 3600

    def page_for(self, invoice: Invoice, *, back_url: str) -> str:
        token = self.signer.sign_object(
            {"invoice": invoice.pk, "amount": str(invoice.left), "back": back_url}
        )
        return reverse("room:test_payment", args=[token])

    def opened(self, token: str) -> dict[str, str] | None:
        """Return what a page of this provider was asked; nothing for a token that is none, or too old."""
        try:
            found: dict[str, str] = self.signer.unsign_object(token, max_age=self.KEEP)
        except BadSignature:
            return None
        return found

    def read(self, request: HttpRequest) -> Paid | None:
        token = request.POST.get("token", "")
        found = self.opened(token)
        if found is None or request.POST.get("outcome") != "paid":
            return None
        return Paid(int(found["invoice"]), Decimal(found["amount"]), token[-60:])


TEST = LocalTest()
