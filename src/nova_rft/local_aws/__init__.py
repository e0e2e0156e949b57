"""The embedded AWS: moto's server, extended; entered by the real tools over HTTP.

Nothing else knows that AWS is embedded: only the endpoint differs.
"""

from nova_rft.local_aws._control import (
    Running,
    ask_fault,
    down,
    environment,
    forget_faults,
    forget_job,
    status,
    up,
)

__all__ = [
    "Running",
    "ask_fault",
    "down",
    "environment",
    "forget_faults",
    "forget_job",
    "status",
    "up",
]
