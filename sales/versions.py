"""What exactly a customer agreed to: a hash over everything that a revision says."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sales.services.lines import plain, row_of

if TYPE_CHECKING:
    from sales.models import Quote


def content_of(quote: Quote) -> dict[str, Any]:
    """Return everything that a revision says to the customer, with the options as they are ticked."""
    return {
        "number": quote.number,
        "revision": quote.revision,
        "currency": quote.currency,
        "discount": plain(quote.discount),
        "discount_amount": plain(quote.discount_amount),
        "net": plain(quote.net),
        "tax": plain(quote.tax_sum),
        "total": plain(quote.total),
        "intro": quote.intro,
        "terms": quote.terms,
        "lines": [row_of(line) for line in quote.lines.order_by("position", "pk")],
    }


def version_hash(quote: Quote) -> str:
    """Return the SHA-256 of what a revision says."""
    text = json.dumps(content_of(quote), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
