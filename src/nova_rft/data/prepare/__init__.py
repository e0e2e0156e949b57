"""Preparing records: from one shape into another, and into sets that stay apart."""

from nova_rft.data.prepare._convert import SHAPES, TARGETS, Converted, Unconvertible, convert
from nova_rft.data.prepare._split import part_of

__all__ = ["SHAPES", "TARGETS", "Converted", "Unconvertible", "convert", "part_of"]
