"""The judge against people: agreement with intervals, biases, what groups can teach, and a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.calibrate._agreement import Agreement, Ceiling, Draws
    from nova_rft.calibrate._calibration import Attacked, Calibration, How, Took, calibrate
    from nova_rft.calibrate._figure import Figure
    from nova_rft.calibrate._ruling import Fitness, Ruling
    from nova_rft.calibrate.labels import BadLabels, Columns, Labels, read_labels

__all__ = [
    "Agreement",
    "Attacked",
    "BadLabels",
    "Calibration",
    "Ceiling",
    "Columns",
    "Draws",
    "Figure",
    "Fitness",
    "How",
    "Labels",
    "Ruling",
    "Took",
    "calibrate",
    "read_labels",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.calibrate._agreement": ("Agreement", "Ceiling", "Draws"),
        "nova_rft.calibrate._calibration": ("Attacked", "Calibration", "How", "Took", "calibrate"),
        "nova_rft.calibrate._figure": ("Figure",),
        "nova_rft.calibrate._ruling": ("Fitness", "Ruling"),
        "nova_rft.calibrate.labels": ("BadLabels", "Columns", "Labels", "read_labels"),
    },
)
