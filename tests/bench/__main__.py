"""``script/bench NAME``: measures and prints a table; with --json FILE also writes the figures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

NAMES = ("pages", "inside", "browser", "import", "sales", "mail")
#: Where the name of the bench is no name of a module.
MODULES = {"import": "importing", "mail": "mailing"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="what to measure")
    parser.add_argument("--people", type=int, default=100_000, help="how large the company is")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    chosen = parser.parse_args()
    if chosen.name is None:
        print("\n".join(NAMES))
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    os.environ["DEBUG"] = "0"
    # Only now: what measures needs Django, and Django its settings.
    from tests.bench.company import IMPORT_COMPANY, prepare
    from tests.bench.figures import table

    name = MODULES.get(chosen.name, chosen.name)
    if chosen.name == "import":
        prepare(IMPORT_COMPANY, name="artel_bench_import")
    else:
        prepare(chosen.people)
    module = import_module(f"tests.bench.{name}")
    rows = module.measure(chosen.people)
    print(table(rows))
    if chosen.json:
        figures = {
            "bench": chosen.name,
            "date": datetime.now(UTC).date().isoformat(),
            "cores": os.cpu_count(),
            "data": f"{chosen.people} people",
            "rows": [{key: value for key, value in asdict(row).items() if value is not None} for row in rows],
        }
        chosen.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


sys.exit(main())
