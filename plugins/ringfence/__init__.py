"""Ringfence: from raw phone leads to the list that may lawfully be called today."""

__version__ = "0.1.0"
