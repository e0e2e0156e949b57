"""Pages over a project on this machine, live while a job runs."""

from nova_rft.ui._serve import serve

__all__ = ["serve"]
