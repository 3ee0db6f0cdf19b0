"""The tags in use, with their colours. Records carry the names."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

#: A tag is no longer than this.
LONGEST = 60
#: How many colours the design has.
HUES = 8


class TagColor(models.TextChoices):
    """The hues of the design, by the names that people give them."""

    BLUE = "hue-0", _("blue")
    ORANGE = "hue-1", _("orange")
    TEAL = "hue-2", _("teal")
    PURPLE = "hue-3", _("purple")
    YELLOW = "hue-4", _("yellow")
    SKY = "hue-5", _("sky blue")
    PINK = "hue-6", _("pink")
    GREY = "hue-7", _("grey")


class Tag(models.Model):
    """A word that people stick on records.

    A row with ``into`` is a name that led to this tag before it was renamed or merged: files,
    saved views and rules that still use it mean the tag in which it lives on.
    """

    name = models.CharField(_("name"), max_length=LONGEST)
    key = models.CharField(max_length=LONGEST * 2, unique=True, editable=False)
    color = models.CharField(_("colour"), max_length=20, choices=TagColor, default=TagColor.BLUE)
    into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="former", editable=False
    )
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


def tidy(name: str) -> str:
    """Return a name without what would keep two tags apart that are one to the eye.

    Commas and semicolons part tags in files; a colon at the start is a word of the filter.
    """
    plain = str(name).replace("\x00", "").replace(",", " ").replace(";", " ")
    return " ".join(plain.split()).lstrip(":").strip()[:LONGEST].strip()


def key_of(name: str) -> str:
    """Return what two spellings of one tag have in common: “VIP” and “vip ”."""
    return tidy(name).casefold()


def hue_of(name: str) -> str:
    """Return the colour of a tag for which nobody chose one."""
    return f"hue-{sum(map(ord, name)) % HUES}"
