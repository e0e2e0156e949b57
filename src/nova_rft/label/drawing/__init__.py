"""Which rollouts to label: the informative ones, balanced, none nearly twice."""

from nova_rft.label.drawing._draw import CHANCE_EVERY, Drawing, draw

__all__ = ["CHANCE_EVERY", "Drawing", "draw"]
