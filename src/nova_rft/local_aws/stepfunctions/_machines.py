"""What moto's Step Functions need to run machines here."""

from __future__ import annotations

import functools
import os


@functools.cache
def mend(port: int) -> None:
    """Has moto execute machines, and call this server from them; once in a process."""
    from moto.core.config import default_user_config

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # Where the interpreter's own clients find their services.
    os.environ["MOTO_PORT"] = str(port)
