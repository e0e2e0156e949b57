"""Trying a reward Lambda: the spec's, deployed or here, or any other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_rft.project._project import Project

if TYPE_CHECKING:
    from nova_rft.reward.contract import Answered, Call, Tried


def try_reward(
    function: str | None = None,
    *,
    spec: Path,
    sample: Path | None = None,
    local: bool = False,
) -> Iterator[Tried]:
    """Asks a reward Lambda hard events; see `nova_rft.reward.contract`.

    Args:
        function: Name or ARN of any; without it the spec's, deployed or local.
        spec: The spec's file; not read where a function is named.
        sample: A file of reward events, whose first item all events are made like.
        local: The spec's reward on this machine, with scripted judges in its judges' places.

    Raises:
        NotDeployed: the spec's is not there.
        UsageError: the sample cannot be read.
        AwsRefused: the function is not there, or may not be called.
    """
    from nova_rft.reward import read_raw_events
    from nova_rft.reward.contract import try_contract

    like = next(read_raw_events(sample, 1))[0] if sample else None
    call: Call
    if function is not None:
        from nova_rft.aws.reward_lambda import RewardLambda
        from nova_rft.aws.session import Aws

        call = RewardLambda(Aws(), function).call
    elif local:
        call = _call_here(Project.load(spec))
    else:
        call = Project.load(spec).reward_lambda().call
    return try_contract(call, like)


def _call_here(project: Project) -> Call:
    from nova_rft.reward import MalformedEvent, answer, read_event
    from nova_rft.reward.contract import Answered
    from nova_rft.spec import ScriptedJudge

    function = project.reward(ScriptedJudge(provider="scripted"))

    def call(event: Any) -> Answered:
        started = time.monotonic()
        try:
            items = read_event(event)
        except MalformedEvent as error:
            return Answered(error=str(error))
        return Answered(answer(function.score(items)), seconds=time.monotonic() - started)

    return call
