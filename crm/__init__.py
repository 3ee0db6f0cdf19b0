"""Artel's kernel and shell."""
