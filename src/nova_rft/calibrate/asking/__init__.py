"""Asking the spec's judge about labelled responses."""

from nova_rft.calibrate.asking._ask import Asker
from nova_rft.calibrate.asking._models import Clock, Timed

__all__ = ["Asker", "Clock", "Timed"]
