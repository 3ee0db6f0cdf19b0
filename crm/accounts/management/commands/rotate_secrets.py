"""``manage.py rotate_secrets``: write everything that rests encrypted anew, under the present key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from crm.lib import crypto


class Command(BaseCommand):
    help = "Encrypt all stored secrets with the present SECRET_KEY; afterwards OLD_SECRET_KEYS may go."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, rotation in crypto.rotations().items():
            with transaction.atomic():
                count = rotation()
            self.stdout.write(f"{name}: {count}")
