"""The eight moments of sending at which a worker may die, named so that tests can kill it there."""

from __future__ import annotations

from typing import Final

CHOSEN: Final = "chosen"  # the row is locked, nothing is written
CLAIMED: Final = "claimed"  # the claim is written, no server has been called
CONNECTED: Final = "connected"  # the server has greeted and let us in
ADDRESSED: Final = "addressed"  # it has taken sender and recipients
HALFWAY: Final = "halfway"  # half of the letter is out
MARKED: Final = "marked"  # it is written down that the last line follows
HANDED_OVER: Final = "handed_over"  # the last line is out, no answer read
ANSWERED: Final = "answered"  # the server has taken it, which isn't written down

ALL: Final = (CHOSEN, CLAIMED, CONNECTED, ADDRESSED, HALFWAY, MARKED, HANDED_OVER, ANSWERED)


def reached(point: str) -> None:
    """Do nothing; a test puts its own function here."""
