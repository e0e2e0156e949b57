"""A project to begin with: a spec and its records, which pass `check` and run on this machine."""

from nova_rft.init._own import write_own
from nova_rft.init._templates import TEMPLATES, Template
from nova_rft.init._write import Written, local_up, write_template

__all__ = ["TEMPLATES", "Template", "Written", "local_up", "write_own", "write_template"]
