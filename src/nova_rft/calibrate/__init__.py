"""The judge against people: agreement with intervals, biases, what groups can teach, and a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.calibrate._agreement import Agreement, Ceiling, Draws
    from nova_rft.calibrate._calibration import Attacked, Calibration, How, Took, calibrate
    from nova_rft.calibrate._comparison import Against, compare_judges
    from nova_rft.calibrate._disagreements import Disagreement, confusion, worst
    from nova_rft.calibrate._figure import Figure
    from nova_rft.calibrate._jury import jury_weights
    from nova_rft.calibrate._ruling import Fitness, Ruling
    from nova_rft.calibrate._sheet import People
    from nova_rft.calibrate._standing import (
        Standing,
        TermStanding,
        judge_digest,
        standing,
        write_calibrations,
    )
    from nova_rft.calibrate.labels import BadLabels, Columns, Labels, read_labels

__all__ = [
    "Against",
    "Agreement",
    "Attacked",
    "BadLabels",
    "Calibration",
    "Ceiling",
    "Columns",
    "Disagreement",
    "Draws",
    "Figure",
    "Fitness",
    "How",
    "Labels",
    "People",
    "Ruling",
    "Standing",
    "TermStanding",
    "Took",
    "calibrate",
    "compare_judges",
    "confusion",
    "judge_digest",
    "jury_weights",
    "read_labels",
    "standing",
    "worst",
    "write_calibrations",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.calibrate._agreement": ("Agreement", "Ceiling", "Draws"),
        "nova_rft.calibrate._calibration": ("Attacked", "Calibration", "How", "Took", "calibrate"),
        "nova_rft.calibrate._comparison": ("Against", "compare_judges"),
        "nova_rft.calibrate._disagreements": ("Disagreement", "confusion", "worst"),
        "nova_rft.calibrate._figure": ("Figure",),
        "nova_rft.calibrate._jury": ("jury_weights",),
        "nova_rft.calibrate._ruling": ("Fitness", "Ruling"),
        "nova_rft.calibrate._sheet": ("People",),
        "nova_rft.calibrate._standing": (
            "Standing",
            "TermStanding",
            "judge_digest",
            "standing",
            "write_calibrations",
        ),
        "nova_rft.calibrate.labels": ("BadLabels", "Columns", "Labels", "read_labels"),
    },
)
