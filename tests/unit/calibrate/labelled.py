"""Files of labels made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nova_rft.calibrate import Calibration, How, calibrate, read_labels


def response(
    human: Any, judge: Any, prompt: str = "p", text: str = "r", **more: Any
) -> dict[str, Any]:
    return {"prompt": prompt, "response": text, "human": human, "judge": judge, **more}


def pair(human: Any, judge: Any, prompt: str = "p", **more: Any) -> dict[str, Any]:
    texts = {"response_a": "one", "response_b": "two"}
    return {"prompt": prompt, **texts, "human": human, "judge": judge, **more}


def write(folder: Path, rows: Sequence[Any], name: str = "labels.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def calibrated(folder: Path, rows: Sequence[Any], how: How | None = None) -> Calibration:
    """The first judge of some rows, replayed."""
    labels = read_labels(write(folder, rows), recorded=True)
    return calibrate(labels, labels.judges[0], how)
