"""What events say: a job has changed, or an execution has ended without a word.

Both are sent at best once in a while and at worst never; a job is looked at all the same, and what an
execution's own failure path has written is not written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nova_rft.aws.machine import answer_task
from nova_rft.pipeline._run import State
from nova_rft.pipeline._words import about_failure
from nova_rft.pipeline._workplace import Workplace

_WORDS: Final = {
    "ABORTED": "its execution was stopped",
    "TIMED_OUT": "it took longer than the stage allows",
}


def job_ended(place: Workplace, detail: Mapping[str, Any]) -> bool:
    """Ends the wait for a job that has changed; whether there was one.

    Args:
        place: What the pipeline works with.
        detail: Of Bedrock's event: `jobName`, `jobStatus`; of SageMaker's: `TrainingJobName`,
            `TrainingJobStatus`.
    """
    status = detail.get("jobStatus") or detail.get("TrainingJobStatus")
    if status in ("InProgress", "Stopping"):
        return False
    run = place.runs.find(str(detail.get("jobName") or detail.get("TrainingJobName")))
    if run is None or run.token is None or run.step != "look":
        return False
    return answer_task(place.aws, run.token, {"step": "look"})


def run_ended(place: Workplace, detail: Mapping[str, Any]) -> bool:
    """Notes and tells that an execution has failed, timed out or was stopped; whether that was news.

    Args:
        place: What the pipeline works with.
        detail: Of Step Functions' event: `name`, `executionArn`, `status`, `cause`.
    """
    name, _, resumed = str(detail["name"]).partition(".")
    run = place.runs.find(name)
    if run is None or run.resumed != int(resumed or 0):
        return False
    status = str(detail["status"])
    state = State.STOPPED if status == "ABORTED" else State.FAILED
    why = _WORDS.get(status) or str(detail.get("cause") or "its execution failed")
    news = place.runs.fail(run, run.step, why, state)
    if news:
        place.tell(*about_failure(run, run.step, why))
    return news
