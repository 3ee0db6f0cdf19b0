"""How the product starts, in one terminal and in containers."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
#: What tests set for themselves and a started installation must not see.
OURS = (
    "TESTING",
    "DATABASE_URL",
    "REDIS_URL",
    "TEST_DATABASE_NAME",
    "ARTEL_TEST_RUN",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
)


def clean_environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Return an environment as an operator has it, with a data folder of its own."""
    kept = {key: value for key, value in os.environ.items() if key not in OURS}
    return {**kept, "DATA_DIR": str(data_dir), **settings}
