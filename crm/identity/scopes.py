"""The words in which rights are told: actions, and whose records they reach."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """Whose records an action reaches, from the narrowest to the widest."""

    NONE = "none", _("None")
    OWN = "own", _("Own")
    TEAM = "team", _("Own team")
    SUBORDINATES = "subordinates", _("Own team and teams below")
    ALL = "all", _("All")

    @property
    def width(self) -> int:
        return list(Scope).index(self)


class ActionName(models.TextChoices):
    """What a person may do with records of a type."""

    VIEW = "view", _("View")
    ADD = "add", _("Add")
    CHANGE = "change", _("Change")
    DELETE = "delete", _("Delete")
    ASSIGN = "assign", _("Assign")
    BULK = "bulk", _("Change many")
    EXPORT = "export", _("Export")
    IMPORT = "import", _("Import")
