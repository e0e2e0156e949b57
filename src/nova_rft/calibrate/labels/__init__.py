"""Labels: what people said of responses, read from any file of records."""

from nova_rft.calibrate.labels._read import BadLabels, Columns, read_labels
from nova_rft.calibrate.labels._row import (
    ALONE,
    FIRST_A,
    FIRST_B,
    PAIR_LABELS,
    WHOLE,
    Kind,
    Label,
    Labels,
    Row,
    Said,
    Verdict,
)

__all__ = [
    "ALONE",
    "FIRST_A",
    "FIRST_B",
    "PAIR_LABELS",
    "WHOLE",
    "BadLabels",
    "Columns",
    "Kind",
    "Label",
    "Labels",
    "Row",
    "Said",
    "Verdict",
    "read_labels",
]
