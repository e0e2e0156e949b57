"""Fine-tuning jobs on open-weight models, by Bedrock's OpenAI-compatible API.

Source: aws-samples/amazon-bedrock-samples, bedrock-reinforcement-fine-tuning (2026-08-21). OpenAI's
types know no grader that is a Lambda, so that the method goes beside them.
"""

from __future__ import annotations

from typing import Any

from nova_rft.jobs._identity import Identity
from nova_rft.jobs._place import Place
from nova_rft.spec import Spec


def open_weight_request(
    spec: Spec,
    identity: Identity,
    place: Place,
    *,
    training_file: str,
    validation_file: str | None,
) -> dict[str, Any]:
    """Parameters of the openai package's `fine_tuning.jobs.create`.

    Args:
        spec: What to train.
        identity: Not said here: the API knows no name and no token of a job, so that the uploaded file
            carries the name.
        place: Where, of which the reward alone counts here.
        training_file: The uploaded file's id.
        validation_file: The same for validation records, where there are any.

    Raises:
        UsageError: the reward is not published.
    """
    grader = {"type": "lambda", "lambda": {"function": place.required("reward_version_arn")}}
    reinforcement: dict[str, Any] = {"grader": grader}
    given = spec.training.given()
    if given:
        reinforcement["hyperparameters"] = given
    request: dict[str, Any] = {
        "model": spec.cell.name,
        "training_file": training_file,
        "extra_body": {"method": {"type": "reinforcement", "reinforcement": reinforcement}},
    }
    if validation_file is not None:
        request["validation_file"] = validation_file
    return request
