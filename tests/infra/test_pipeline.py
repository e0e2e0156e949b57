"""The pipeline's stack: no state without a limit, a second try and a way for its failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.conftest import ROOT, Templates


@pytest.fixture(scope="module")
def template(synthesise: Callable[..., Templates]) -> dict[str, Any]:
    text = (ROOT / "examples" / "gsm8k-math" / "nova-rft.yaml").read_text()
    stage = {"pipeline": {}, "notify": {"emails": ["a@example.com"]}}
    return synthesise(text, stage=stage)["pipeline"]


def test_x(template):
    import json
    print(json.dumps(template, indent=1)[:60000])
