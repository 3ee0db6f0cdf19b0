"""Sentences that are kept and shown later, to people of any language.

What a person started in Russian is read by a colleague in English: so a job keeps the
sentence as written in the source and what stands in its places, and is translated when shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, override

from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

    from crm.records.registry import RecordType

Kept = dict[str, Any]


def phrase(text: str, /, **places: Any) -> Kept:
    """Keep a sentence marked with ``gettext_noop``; its places may hold phrases of their own."""
    return {"text": text, "places": places}


def counted(one: str, many: str, /, count: int, **places: Any) -> Kept:
    """Keep a sentence with a number, in both of its source forms."""
    return {"text": one, "many": many, "count": count, "places": {**places, "count": count}}


def types_of(record_type: RecordType) -> Kept:
    """Keep the name of many records of a type."""
    return {"types": record_type.key}


def label_of(label: str | Promise) -> Kept:
    """Keep a label that was declared in the source language."""
    with override("en"):
        return phrase(str(label))


def say(kept: Mapping[str, Any]) -> str:
    """Say a kept sentence in the language of the moment."""
    if "types" in kept:
        try:
            return registry.by_key(kept["types"]).label_plural
        except KeyError:
            return str(kept["types"])
    # Names of keys between the brackets would be gathered as words to translate.
    one, many = kept["text"], kept.get("many")
    text = ngettext(one, many, int(kept["count"])) if many else gettext(one)
    places = {
        name: say(place) if isinstance(place, dict) else place
        for name, place in (kept.get("places") or {}).items()
    }
    if "many" in kept:
        places["count"] = number_format(kept["count"], use_l10n=True, force_grouping=True)
    return text % places if places else text
