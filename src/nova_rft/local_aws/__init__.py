"""The embedded AWS: moto's server, extended; entered by the real tools over HTTP.

Nothing else knows that AWS is embedded: only the endpoint differs.
"""

from nova_rft.local_aws._control import Running, down, environment, status, up

__all__ = ["Running", "down", "environment", "status", "up"]
