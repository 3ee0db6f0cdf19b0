#!/usr/bin/env python
"""Artel's command line: every management command starts here."""

import os
import sys
from functools import partial

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    if sys.argv[1:2] == ["up"]:
        # It starts others and needs no Django itself: nobody should wait for that twice.
        from crm.embedded import up

        run = partial(up.main, sys.argv[2:])
    else:
        run = partial(execute_from_command_line, sys.argv)
    try:
        run()
    except ImproperlyConfigured as error:
        if os.environ.get("DEBUG"):
            raise
        # Whoever set a wrong value needs the sentence, not the way to it.
        sys.exit(f"This can't work: {error}")


if __name__ == "__main__":
    main()
