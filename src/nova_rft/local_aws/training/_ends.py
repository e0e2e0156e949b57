"""How a job ends where it does not complete."""

from __future__ import annotations


class JobFailed(Exception):
    """Ends a job Failed; the message is the reason that its service shows."""


class JobStopped(Exception):
    """Ends a job Stopped."""
