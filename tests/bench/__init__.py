"""Measurements: never part of the tests, always in a database of their own."""
