"""Duplicates over the whole base: signs of each record, pairs that share them, clusters of pairs."""

from contacts.sameness.clusters import Alike, Cluster, Finding, Place, alike, dismiss, find, reconsider
from contacts.sameness.following import drain, register
from contacts.sameness.pairing import build, refresh

__all__ = [
    "Alike",
    "Cluster",
    "Finding",
    "Place",
    "alike",
    "build",
    "dismiss",
    "drain",
    "find",
    "reconsider",
    "refresh",
    "register",
]
