"""What `deploy` says of a run that it was to start."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nova_rft.cli.deploy import _started


@pytest.mark.parametrize(
    ("outputs", "starts", "said"),
    [
        ({}, False, ""),
        ({"PipelineRun": "p-dev-1", "PipelineSaid": "p-dev-1 was started"}, True, ""),
        (
            {"PipelineRun": "none", "PipelineSaid": "warning: nothing was started: [it] Failed"},
            True,
            "warning nothing was started: [it] Failed\n",
        ),
    ],
)
def test_a_run_that_was_not_started_is_a_warning(
    outputs: dict[str, str], starts: bool, said: str
) -> None:
    out = io.StringIO()
    assert _started(Console(file=out, width=40), outputs) is starts
    assert out.getvalue() == said
