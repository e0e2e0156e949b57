"""Preparing records: sets that stay apart."""

from nova_rft.data.prepare._split import part_of

__all__ = ["part_of"]
