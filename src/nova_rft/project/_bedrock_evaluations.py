"""Bedrock's own evaluation jobs beside an evaluation: started once, and read when they have ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nova_rft.errors import UsageError
from nova_rft.spec import BedrockEvaluation, BedrockJudge, EvaluationSpec

# Late, in the functions: boto3 is only needed where AWS is asked.
if TYPE_CHECKING:
    from nova_rft.calibrate.metrics import Floats
    from nova_rft.evaluate import BedrockJob, Contender, Measured, Plan, Sampling, Wanted
    from nova_rft.project._jobs import Jobs


def beside_bedrock(
    project: Jobs, asked: EvaluationSpec, plan: Plan, sampling: Sampling, found: Measured
) -> tuple[tuple[BedrockJob, ...], Plan, Measured]:
    """Starts a job on each contender's answers, or finds it; scores of those that have completed.

    Args:
        project: Whose; its output bucket holds what is sent and what comes.
        asked: The role, the evaluator and the metrics.
        plan: What is measured; Bedrock's metrics are added.
        sampling: The answers.
        found: The values; Bedrock's are added.

    Raises:
        UsageError: the spec does not say which role and which evaluator.
        AwsRefused: AWS refused a call.
    """
    from nova_rft.evaluate import bedrock_measure, wanted_job

    settings, evaluator = bedrock_settings(asked)
    jobs, values = [], {name: dict(one) for name, one in found.values.items()}
    for one in sampling.contenders:
        wanted = wanted_job(
            sampling,
            one,
            prefix=f"{project.spec.project}-{project.spec.stage}",
            evaluator=evaluator,
            metrics=settings.metrics,
        )
        job, scores = _job(project, settings.role, wanted, sampling, one)
        jobs.append(job)
        values[one.name] |= scores
    known = [name for name in settings.metrics if any(name in one for one in values.values())]
    measures = (*plan.measures, *map(bedrock_measure, known))
    return tuple(jobs), replace(plan, measures=measures), replace(found, values=values)


def bedrock_settings(asked: EvaluationSpec) -> tuple[BedrockEvaluation, str]:
    """What the spec says of Bedrock's own jobs, and the model that judges in them.

    Raises:
        UsageError: it says too little.
    """
    if asked.bedrock is None:
        raise UsageError(
            "--bedrock needs evaluation.bedrock in the spec, with the role of its jobs"
        )
    if asked.bedrock.evaluator:
        return asked.bedrock, asked.bedrock.evaluator
    if isinstance(asked.judge, BedrockJudge):
        return asked.bedrock, asked.judge.id
    raise UsageError(
        "--bedrock needs a model that judges: evaluation.bedrock.evaluator, or a judge on Bedrock"
    )


def _job(
    project: Jobs, role: str, wanted: Wanted, sampling: Sampling, one: Contender
) -> tuple[BedrockJob, dict[str, Floats]]:
    """The job, started where there is none yet, and what it says where it has completed."""
    from nova_rft.aws.evaluations import evaluation_rows, find_evaluation, start_evaluation
    from nova_rft.aws.stacks import deployment
    from nova_rft.aws.storage import put_new
    from nova_rft.evaluate import BedrockJob, read_scores

    aws, bucket = project.aws, deployment(project.aws, project.spec).output_bucket
    folder = f"evaluations/{wanted.name}"
    output = f"s3://{bucket}/{folder}/results/"
    told: dict[str, Any] | None = find_evaluation(aws, wanted.name)
    if told is None:
        put_new(aws, bucket, f"{folder}/dataset.jsonl", wanted.dataset)
        dataset = f"s3://{bucket}/{folder}/dataset.jsonl"
        told = start_evaluation(aws, wanted.request(role, dataset, output))
    status = str(told["status"])
    failure = "; ".join(told.get("failureMessages") or ())
    job = BedrockJob(one.name, wanted.name, str(told["jobArn"]), status, failure)
    if status != "Completed":
        return job, {}
    return job, read_scores(evaluation_rows(aws, output), sampling, one)
