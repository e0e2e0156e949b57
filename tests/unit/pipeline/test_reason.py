"""Why a step failed, from what Step Functions knows of it."""

from __future__ import annotations

import json

import pytest

from nova_rft.pipeline._steps import reason


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        ("FindingsError", json.dumps({"errorMessage": "judge unfit"}), "judge unfit"),
        ("States.Timeout", "", "it took longer than the stage allows"),
        ("Lambda.Unknown", "not JSON", "not JSON"),
        ("Runtime.ExitError", "", "Runtime.ExitError"),
        ("", "", "no reason given"),
    ],
)
def test_the_functions_own_message_comes_first(error: str, cause: str, said: str) -> None:
    assert reason(error, cause) == said
