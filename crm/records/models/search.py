"""One table in which every record is found: one rank, one right."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils import timezone


class Search(models.Model):
    """The words of one record, and whose it is."""

    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=300)
    subtitle = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    tsv = models.GeneratedField(
        expression=SearchVector("title", "text", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["type_id", "record_id"], name="search_once"),)
        indexes = (
            GinIndex(fields=["tsv"], name="search_tsv"),
            GinIndex(OpClass("text", name="gin_trgm_ops"), name="search_trgm"),
            models.Index(fields=["owner_id"], name="search_owner"),
            models.Index(fields=["team_id"], name="search_team"),
        )

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """A word that occurs somewhere: what a mistyped one is compared with."""

    word = models.CharField(max_length=80, primary_key=True)
    records = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (GinIndex(OpClass("word", name="gin_trgm_ops"), name="search_word_trgm"),)

    def __str__(self) -> str:
        return self.word
