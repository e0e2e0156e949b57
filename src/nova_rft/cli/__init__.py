"""The command line: one file for each command; what takes long to import is imported in them."""

from nova_rft.cli._app import main

__all__ = ["main"]
