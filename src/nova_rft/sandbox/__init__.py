"""Running the programs of responses where they can harm nothing: one fresh process for each case."""

from nova_rft.sandbox._case import Case, Kind, Limits, Ran
from nova_rft.sandbox._microvm import clean_up, harden
from nova_rft.sandbox._run import CodeRunner, Isolation, LocalRunner, SandboxDenied

__all__ = [
    "Case",
    "CodeRunner",
    "Isolation",
    "Kind",
    "Limits",
    "LocalRunner",
    "Ran",
    "SandboxDenied",
    "clean_up",
    "harden",
]
