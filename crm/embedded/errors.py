"""What may go wrong while starting, said so that a person knows what to do."""


class CannotStart(Exception):
    """The product can't start; the text says why and what helps."""
