"""Text that was broken into lines for old terminals, put together again (RFC 3676)."""

from __future__ import annotations

import re

DEPTH = re.compile(r"^>*")


def unflow(text: str, *, delsp: bool = False) -> str:
    """Join the lines of paragraphs; the depth of quoting is kept, written as "> "."""
    lines: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth, rest = _depth(line.rstrip("\r"))
        is_signature = rest == "-- "
        if depth == open_depth and not is_signature:
            lines[-1] += rest
        else:
            lines.append(_mark(depth) + rest)
        is_soft = rest.endswith(" ") and not is_signature
        if is_soft and delsp:
            lines[-1] = lines[-1][:-1]
        open_depth = depth if is_soft else -1
    return "\n".join(lines)


def _depth(line: str) -> tuple[int, str]:
    match = DEPTH.match(line)
    depth = match.end() if match else 0
    rest = line[depth:]
    return depth, rest.removeprefix(" ")


def _mark(depth: int) -> str:
    return ">" * depth + " " if depth else ""
