"""The pipeline's state machine in Amazon States Language, as plain data.

Each state that works calls one function; what it answers, `at`, says which step comes next, so that at
a failure `at.step` names the step that failed. The state holds names: a run's, and how often it was
resumed.
"""

from __future__ import annotations

from typing import Any, Final

from nova_rft.spec import Pipeline

State = dict[str, Any]

_DAY_S: Final = 86_400
# A step's own limit is Lambda's 15 minutes; a little more, so that Lambda is the one to end it.
_STEP_S: Final = 16 * 60
# What a later try may not meet: Lambda's own faults and throttles, a function that was killed or ran out
# of time, and what the function itself found to pass. With full jitter fifteen tries take 1305 s in the
# mean, and less than ten minutes once in 735 times (computed in tests/infra/test_machine.py).
_PASSING: Final = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "Passing",
]
_RETRY: Final = [
    {
        "ErrorEquals": _PASSING,
        "IntervalSeconds": 2,
        "MaxAttempts": 15,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 300,
        "JitterStrategy": "FULL",
    }
]
_CATCH: Final = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Dead letter"}]
# A wait that no event has ended: no failure, but time for the next look.
_LOOK_AGAIN: Final = {"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "Look"}


def definition(settings: Pipeline, function: str, dead_letters: str) -> State:
    """The machine.

    Args:
        settings: The stage's.
        function: The ARN of the function that takes the steps.
        dead_letters: The URL of the queue for runs that failed.
    """
    last = "Serve" if settings.serve else "Tell"
    states = {
        "Begin": _begin(settings),
        "Validate": _task(function, "validate", then="Gate"),
        "Gate": _task(function, "gate", then="Submit"),
        "Submit": _task(function, "submit", then="Look"),
        "Look": _task(function, "look", then="Ended?"),
        "Ended?": _choice({"$.at.ended": "Evaluate"}, otherwise="Rest"),
        "Rest": _rest(function),
        **_evaluation(function, "Approve" if settings.approval else last),
        **(_approval(settings, function, last) if settings.approval else {}),
        **(_serving(function) if settings.serve else {}),
        "Tell": _task(function, "tell", then="Done"),
        "Done": {"Type": "Succeed"},
        **_failure(function, dead_letters),
    }
    return {
        "Comment": "From records to a model that is served; each state is one call of one function.",
        "StartAt": "Begin",
        "TimeoutSeconds": settings.timeout_days * _DAY_S,
        "States": states,
    }


def _begin(settings: Pipeline) -> State:
    """Where a run begins; one that is resumed, at the step that failed."""
    places = {"gate": "Gate", "submit": "Submit", "look": "Look", "evaluate": "Evaluate"}
    places["tell"] = "Tell"
    # A step that the stage has no more leads to the one after it.
    places["serve"] = "Serve" if settings.serve else "Tell"
    places["approve"] = "Approve" if settings.approval else places["serve"]
    choices = [
        {"Variable": "$.at.step", "StringEquals": step, "Next": state}
        for step, state in places.items()
    ]
    return {"Type": "Choice", "Choices": choices, "Default": "Validate"}


def _task(function: str, step: str, *, then: str) -> State:
    return {
        "Type": "Task",
        # By its ARN alone, so that the answer is the result: the other way wraps it.
        "Resource": function,
        "Parameters": _payload(step),
        "ResultPath": "$.at",
        "TimeoutSeconds": _STEP_S,
        "Retry": _RETRY,
        "Catch": _CATCH,
        "Next": then,
    }


def _payload(step: str, **more: str) -> State:
    return {"step": step, "run.$": "$.run", "resumed.$": "$.resumed", "at.$": "$.at", **more}


def _waiting(function: str, step: str, *, then: str) -> State:
    """A task that is over when somebody answers by its token."""
    task = _task(function, step, then=then)
    del task["TimeoutSeconds"]
    return {
        **task,
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": function,
            "Payload": _payload(step, **{"token.$": "$$.Task.Token"}),
        },
    }


def _rest(function: str) -> State:
    """Waits for an event about the job, and looks again where none comes."""
    return {
        **_waiting(function, "rest", then="Look"),
        "TimeoutSecondsPath": "$.at.rest_s",
        "Catch": [_LOOK_AGAIN, *_CATCH],
    }


def _evaluation(function: str, following: str) -> State:
    """Asking models takes as many calls as it takes: each goes on where the one before ended."""
    return {
        "Evaluate": _task(function, "evaluate", then="Evaluated?"),
        "Evaluated?": _choice({"$.at.evaluated": following}, otherwise="Wait for the evaluation"),
        "Wait for the evaluation": {
            "Type": "Wait",
            "SecondsPath": "$.at.rest_s",
            "Next": "Evaluate",
        },
    }


def _approval(settings: Pipeline, function: str, last: str) -> State:
    waiting = _waiting(function, "approve", then="Approved?")
    return {
        "Approve": {**waiting, "TimeoutSeconds": settings.approval_days * _DAY_S},
        "Approved?": _choice({"$.at.approved": last}, otherwise="Tell"),
    }


def _serving(function: str) -> State:
    return {
        "Serve": _task(function, "serve", then="Ready?"),
        "Ready?": _choice({"$.at.ready": "Tell"}, otherwise="Wait for the deployment"),
        "Wait for the deployment": {"Type": "Wait", "SecondsPath": "$.at.rest_s", "Next": "Serve"},
    }


def _choice(ways: dict[str, str], *, otherwise: str) -> State:
    choices = [
        {"Variable": variable, "BooleanEquals": True, "Next": state}
        for variable, state in ways.items()
    ]
    return {"Type": "Choice", "Choices": choices, "Default": otherwise}


def _failure(function: str, dead_letters: str) -> State:
    """The one way that all failures take: a dead letter, the table of runs and people, the end."""
    letter = {
        "run.$": "$.run",
        "step.$": "$.at.step",
        "resumed.$": "$.resumed",
        "error.$": "$.error.Error",
        "execution.$": "$$.Execution.Id",
    }
    told = _task(function, "fail", then="Failed")
    cause = {"error.$": "$.error.Error", "cause.$": "$.error.Cause"}
    told["Parameters"] |= cause
    # Whatever happens to the telling, the run has failed, and the letter lies there.
    give_up = [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Failed"}]
    return {
        "Dead letter": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": dead_letters, "MessageBody": letter},
            "ResultPath": None,
            "TimeoutSeconds": 60,
            "Retry": [{**_RETRY[0], "ErrorEquals": ["States.TaskFailed", "States.Timeout"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Note failure"}],
            "Next": "Note failure",
        },
        "Note failure": {**told, "ResultPath": None, "Catch": give_up},
        "Failed": {
            "Type": "Fail",
            "ErrorPath": "$.error.Error",
            "CausePath": "States.Format('the step {} of {} failed', $.at.step, $.run)",
        },
    }
