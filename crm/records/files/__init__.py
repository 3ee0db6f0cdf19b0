"""Files on records: stored once, sniffed, limited, opened only by those who see the record."""

from crm.records.files.limits import FileRefused
from crm.records.files.services import attach, claim, remove, restore, stage, staged_by

__all__ = ["FileRefused", "attach", "claim", "remove", "restore", "stage", "staged_by"]
