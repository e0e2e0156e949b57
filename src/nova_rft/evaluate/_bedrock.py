"""Bedrock's own evaluation jobs: what is sent, and what they say, prompt by prompt.

The answers are those that this evaluation has: a job takes foundation models and profiles, but no
deployment of a custom model (botocore 1.44.5, EvaluationBedrockModelIdentifier), and so it is given
answers instead ("bring your own inference responses", Bedrock User Guide, prompt datasets for
model-as-judge evaluations, 2026-11-26).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.calibrate.metrics import Floats
from nova_rft.data import reference_text
from nova_rft.evaluate._contender import Contender
from nova_rft.evaluate._measures import Measure
from nova_rft.evaluate._sampling import Part, Sampling
from nova_rft.spec import digest

# Bedrock User Guide, model evaluation that uses a judge, 2026-11-26: prompts of one job at most.
MOST_PROMPTS: Final = 1_000
# The task of a job with a judge by the User Guide's examples; botocore's enum does not list it.
_TASK: Final = "General"
# Metrics of which less is better.
_HARMS: Final = ("Builtin.Harmfulness", "Builtin.Stereotyping", "Builtin.Refusal")
# What a job's name and a source's may not hold.
_ODD: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME: Final = 63


@dataclass(frozen=True, slots=True)
class BedrockJob:
    """One evaluation job of Bedrock's, on one contender's answers.

    Attributes:
        contender: Whose.
        name: The job's.
        arn: The job's.
        status: InProgress, Completed, Failed, Stopping, Stopped or Deleting.
        failure: Why it failed, in Bedrock's words; empty where it did not.
    """

    contender: str
    name: str
    arn: str
    status: str
    failure: str = ""

    def as_dict(self) -> dict[str, str]:
        """As documented for `--json`."""
        return {
            "model": self.contender,
            "name": self.name,
            "arn": self.arn,
            "status": self.status,
            "failure": self.failure,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job that is to be, all of it known beforehand.

    Attributes:
        contender: Whose answers are judged.
        name: Of the job; it holds the digest of everything that is judged.
        token: Makes asking twice ask once.
        dataset: JSON Lines: prompts, references and answers.
        evaluator: The model that judges.
        metrics: Such as Builtin.Correctness.
    """

    contender: str
    name: str
    token: str
    dataset: bytes
    evaluator: str
    metrics: tuple[str, ...]

    def request(self, role: str, dataset: str, output: str) -> dict[str, Any]:
        """The request of CreateEvaluationJob.

        Args:
            role: ARN of the role that reads, writes and asks the evaluator.
            dataset: S3 address of the dataset.
            output: S3 address under which results are written.
        """
        where = {"name": "held-out", "datasetLocation": {"s3Uri": dataset}}
        judged = {"taskType": _TASK, "dataset": where, "metricNames": list(self.metrics)}
        evaluators = {"bedrockEvaluatorModels": [{"modelIdentifier": self.evaluator}]}
        source = {"inferenceSourceIdentifier": _source(self.contender)}
        return {
            "jobName": self.name,
            "clientRequestToken": self.token,
            "roleArn": role,
            "applicationType": "ModelEvaluation",
            "evaluationConfig": {
                "automated": {"datasetMetricConfigs": [judged], "evaluatorModelConfig": evaluators}
            },
            "inferenceConfig": {"models": [{"precomputedInferenceSource": source}]},
            "outputDataConfig": {"s3Uri": output},
        }


def wanted_job(
    sampling: Sampling,
    contender: Contender,
    *,
    prefix: str,
    evaluator: str,
    metrics: Sequence[str],
) -> Wanted:
    """The job on a contender's first answer to each held-out prompt.

    Args:
        sampling: The answers.
        contender: Whose.
        prefix: What the job's name begins with: project and stage.
        evaluator: Id or ARN of the model that judges.
        metrics: What it judges by.
    """
    dataset = _dataset(sampling, contender, sampling.parts[0])
    token = digest([dataset.decode(), evaluator, list(metrics), contender.name])
    start = _ODD.sub("-", f"{prefix}-{contender.name}".lower()).strip("-")
    name = f"{start[: _LONGEST_NAME - 13].rstrip('-')}-{token[:12]}"
    return Wanted(contender.name, name, token, dataset, evaluator, tuple(metrics))


def _dataset(sampling: Sampling, contender: Contender, part: Part) -> bytes:
    lines = []
    for prompt in part.prompts[:MOST_PROMPTS]:
        said = sampling.said(contender, prompt)
        if not said:
            continue
        reference = reference_text(prompt.rollout.reference)
        response = {"response": said[0].text, "modelIdentifier": _source(contender.name)}
        line = {
            "prompt": prompt.rollout.prompt_text,
            **({} if reference is None else {"referenceResponse": reference}),
            "modelResponses": [response],
        }
        lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    return "".join(lines).encode("utf-8", "replace")


def _source(name: str) -> str:
    return _ODD.sub("-", name.lower()).strip("-") or "model"


def read_scores(
    rows: Iterable[Mapping[str, Any]], sampling: Sampling, contender: Contender
) -> dict[str, Floats]:
    """By metric the score of each held-out prompt; NaN where a job gave none.

    Args:
        rows: Lines of the job's results, in any order.
        sampling: The answers that were judged.
        contender: Whose they are.
    """
    prompts = sampling.parts[0].prompts
    places: dict[tuple[str, str], list[int]] = {}
    for place, prompt in enumerate(prompts):
        said = sampling.said(contender, prompt)
        if said:
            places.setdefault((prompt.rollout.prompt_text, said[0].text), []).append(place)
    found: dict[str, Floats] = {}
    for row in rows:
        record = row.get("inputRecord") or {}
        given = (row.get("modelResponses") or record.get("modelResponses") or [{}])[0]
        here = places.get((str(record.get("prompt")), str(given.get("response"))), ())
        for score in (row.get("automatedEvaluationResult") or {}).get("scores") or ():
            value = score.get("result")
            if isinstance(value, int | float) and math.isfinite(value):
                nothing_C = np.full(len(prompts), math.nan)
                found.setdefault(str(score.get("metricName")), nothing_C)[list(here)] = value
    return found


def bedrock_measure(metric: str) -> Measure:
    """A metric of Bedrock's as a measure; its scores lie between 0 and 1."""
    return Measure(metric, "bedrock", -1 if metric in _HARMS else 1)
