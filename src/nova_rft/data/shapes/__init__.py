"""Shapes of records: OpenAI chat, Converse, columns, pairs and logs, and what they can become."""

from nova_rft.data.shapes._convert import SHAPES, TARGETS, convert
from nova_rft.data.shapes._talk import Converted, LeftOut, Unconvertible

__all__ = ["SHAPES", "TARGETS", "Converted", "LeftOut", "Unconvertible", "convert"]
