"""Rollouts in files: read with their scores, drawn from a model, and what they say of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.rollouts._aim import (
        ALIGNED,
        BUDGETS,
        Aim,
        aim_of,
        amiss,
        only_takes,
        parts_of_product,
    )
    from nova_rft.rollouts._bill import Bill, bill_of
    from nova_rft.rollouts._outlook import CheckOutlook, Outlook, feature, outlook_of
    from nova_rft.rollouts._policy import converse_id, policy_of
    from nova_rft.rollouts._preview import Drawn, Preview
    from nova_rft.rollouts._read import Seen, read_seen, seen_of_row, seen_of_score
    from nova_rft.rollouts._signal import Noise, SignalReport, measured_noise, signal_of
    from nova_rft.rollouts._standing import SignalStanding, read_standing, write_standing
    from nova_rft.rollouts._truth import REFERENCE, Truth, TruthKind, truth_of

__all__ = [
    "ALIGNED",
    "BUDGETS",
    "REFERENCE",
    "Aim",
    "Bill",
    "CheckOutlook",
    "Drawn",
    "Noise",
    "Outlook",
    "Preview",
    "Seen",
    "SignalReport",
    "SignalStanding",
    "Truth",
    "TruthKind",
    "aim_of",
    "amiss",
    "bill_of",
    "converse_id",
    "feature",
    "measured_noise",
    "only_takes",
    "outlook_of",
    "parts_of_product",
    "policy_of",
    "read_seen",
    "read_standing",
    "seen_of_row",
    "seen_of_score",
    "signal_of",
    "truth_of",
    "write_standing",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.rollouts._aim": (
            "ALIGNED",
            "BUDGETS",
            "Aim",
            "aim_of",
            "amiss",
            "only_takes",
            "parts_of_product",
        ),
        "nova_rft.rollouts._bill": ("Bill", "bill_of"),
        "nova_rft.rollouts._outlook": ("CheckOutlook", "Outlook", "feature", "outlook_of"),
        "nova_rft.rollouts._policy": ("converse_id", "policy_of"),
        "nova_rft.rollouts._preview": ("Drawn", "Preview"),
        "nova_rft.rollouts._read": ("Seen", "read_seen", "seen_of_row", "seen_of_score"),
        "nova_rft.rollouts._signal": ("Noise", "SignalReport", "measured_noise", "signal_of"),
        "nova_rft.rollouts._standing": ("SignalStanding", "read_standing", "write_standing"),
        "nova_rft.rollouts._truth": ("REFERENCE", "Truth", "TruthKind", "truth_of"),
    },
)
