"""Size of the reward Lambda's asset for several rewards, unzipped and zipped, as deployed to arm64."""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from bench._figure import Figure, at_most
from nova_rft.spec import RewardSpec

ROOT = Path(__file__).parents[1]
_MB = 1024 * 1024
# Lambda's limit on an unzipped asset (Lambda quotas, 2026-11-01).
_LIMIT = 250
_JUDGE = {"type": "rubric", "model": {"provider": "bedrock", "id": "m"}, "criteria": ["tone"]}
_REWARDS: dict[str, tuple[list[dict[str, Any]], int]] = {
    "judge and penalties": ([_JUDGE, {"type": "repetition"}, {"type": "flattery"}], 15),
    "the same with maths": ([_JUDGE, {"type": "repetition"}, {"type": "math"}], 40),
    "every kind of verifier": (
        [
            {"type": "math"},
            {"type": "match"},
            {"type": "number", "unit": "m"},
            {"type": "json_schema", "json_schema": {}},
            {"type": "rouge_l"},
            {"type": "language"},
            {"type": "length_window", "max_length": 9, "unit": "tokens", "tokenizer": "t.json"},
        ],
        _LIMIT,
    ),
}


def measure() -> list[Figure]:
    """The table's rows."""
    sys.path.insert(0, str(ROOT / "infra"))
    from bundling import code_asset, reward_asset
    from wheelhouse import ARM64

    wheels = Path(os.environ.get("NOVA_RFT_WHEELHOUSE", ROOT / ".wheelhouse"))
    figures = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "t.json").write_text("{}")
        for name, (terms, bound) in _REWARDS.items():
            named = [{"name": f"t{place}", **term} for place, term in enumerate(terms)]
            reward = RewardSpec.model_validate({"range": [0, 1], "terms": named})
            asset = reward_asset(reward, folder, ARM64, wheels)
            figures.append(_figure(name, asset, folder / name, bound))
        figures.append(_figure("function for programs", code_asset(ARM64, wheels), folder / "c", 1))
    return figures


def _figure(name: str, asset: Any, output: Path, bound: int) -> Figure:
    packed = output.with_suffix(".zip")
    asset.archive(packed)
    with zipfile.ZipFile(packed) as archive:
        plain = sum(entry.file_size for entry in archive.infolist()) / _MB
    return Figure(
        name.replace(" ", "-"),
        f"unzipped asset, {name}",
        plain,
        "MB",
        bound=at_most(bound),
        note=f"{packed.stat().st_size / _MB:.1f} MB zipped",
    )
