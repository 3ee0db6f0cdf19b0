"""The kinds of relations that every installation starts with, named in its language."""

from __future__ import annotations

from django.conf import settings

from crm.identity.models import Organisation
from crm.records.models import RelationKind

#: English and Russian: name, name from the other end ("" where both are called alike).
KINDS = (
    (("supplier of", "supplied by"), ("поставщик для", "снабжается у")),
    (("customer of", "sells to"), ("клиент у", "продаёт для")),
    (("partner of", ""), ("партнёр", "")),
    (("referred by", "referred"), ("пришёл по рекомендации от", "порекомендовал")),
    (("adviser of", "advised by"), ("советник у", "советуется с")),
    (("knows", ""), ("знаком с", "")),
)


def ensure_kinds() -> None:
    """Make the first kinds where there are none."""
    if RelationKind.objects.exists():
        return
    is_russian = "ru" in (Organisation.load().language, settings.LANGUAGE_CODE[:2])
    RelationKind.objects.bulk_create(
        RelationKind(name=names[is_russian][0], inverse=names[is_russian][1], position=place)
        for place, names in enumerate(KINDS, start=1)
    )
