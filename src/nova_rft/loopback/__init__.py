"""Pages for this machine alone: who may ask, and what serves them."""

from nova_rft.loopback._guard import Guard, Refused, refusing, sent_object
from nova_rft.loopback._serve import Serving, serve

__all__ = ["Guard", "Refused", "Serving", "refusing", "sent_object", "serve"]
