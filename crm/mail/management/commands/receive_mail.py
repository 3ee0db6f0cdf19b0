"""Take in one raw letter from standard input: for Postfix, Exim and whoever else pipes mail."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from crm.mail.receiving import Arrival, receive
from crm.mail.receiving.answer import answer_of, mailbox_for

if TYPE_CHECKING:
    from argparse import ArgumentParser

#: "Try again later" (sysexits.h): without a database nothing can be kept, and the mail server keeps it.
TRY_LATER = 75


class Command(BaseCommand):
    help = "Take in one raw letter from standard input. Ends with 0 whatever the letter is worth."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mailbox", default="", help="Address of the mailbox; else the letter tells.")
        parser.add_argument("--json", action="store_true", help="Tell as JSON what came of it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, keep, tell."""
        raw = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
        try:
            mailbox = mailbox_for(raw, options["mailbox"])
            intake = receive(Arrival(raw), mailbox=mailbox, at=timezone.now())
        except (DatabaseError, OSError) as away:
            self.stderr.write(f"Could not keep the letter: {away}")
            raise SystemExit(TRY_LATER) from away
        answer = answer_of(intake)
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(f"{answer['outcome']}: {answer['from']} {answer['subject']}".strip())
