"""Who an evaluation compares: the base, the trained model where it is deployed, and others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft.errors import FindingsError, UsageError
from nova_rft.spec import DeployedModel, EvaluationSpec, JudgeModelSpec, parse_judge

# Late, in the functions: boto3 is only needed where AWS is asked.
if TYPE_CHECKING:
    from nova_rft.evaluate import Contender
    from nova_rft.project._serving import Serving

_PROVIDERS = ("bedrock:", "openai:", "replay:")
NO_CUSTOM = "none"


def contenders_of(
    project: Serving, asked: EvaluationSpec, custom: str | None
) -> tuple[Contender, ...]:
    """The base first, then the custom model, then others in their order.

    Args:
        project: Whose.
        asked: How models are sampled, and others' names.
        custom: A job, a deployment's name or ARN, a model, or `none`; None: the newest completed job.

    Raises:
        UsageError: a model cannot be asked, or there is none to compare with the base.
        FindingsError: the job's model is not deployed.
    """
    from nova_rft.evaluate import BASE, CUSTOM, Contender, check_names
    from nova_rft.rollouts import policy_of

    temperature = asked.temperature
    if temperature is None:
        temperature = 0.0 if asked.samples == 1 else 1.0
    # What the job went on from is no base to compare with; the spec's model is.
    spec = project.spec.model_copy(update={"resume_from": None})

    def settled(model: JudgeModelSpec | None) -> JudgeModelSpec:
        region = "" if model else project.aws.region
        return policy_of(spec, region, model=model, temperature=temperature)

    found = [Contender(BASE, settled(asked.base))]
    if custom != NO_CUSTOM:
        model, serves, job = _custom(project, custom)
        found.append(Contender(CUSTOM, settled(model), serves, job))
    found += [Contender(name, settled(model)) for name, model in asked.models.items()]
    return check_names(found)


def _custom(project: Serving, named: str | None) -> tuple[JudgeModelSpec, str, str]:
    """The trained model as something that answers, what its deployment serves, and its job."""
    if named is not None and (named.startswith(_PROVIDERS) or named == "scripted"):
        return parse_judge(named, "--custom"), "", ""
    if project.spec.backend == "bedrock-openai":
        raise UsageError(
            "an open-weight model answers at bedrock-mantle without a deployment; name it: "
            "--custom openai:URL#MODEL (nova-rft serve-model says which)"
        )
    if named is not None and named.startswith("arn:"):
        return _deployed(project, named)
    job = named or _newest(project)
    for served in project.served():
        if served.name == job:
            if served.status != "Active":
                raise FindingsError(
                    f"{served.name} is {served.status}, and answers once it is Active; "
                    "nova-rft serve-model waits for it"
                )
            return _deployment(project, served.model_id), served.model_arn, job
    # Says so where there is no such job either.
    name = project.job(job).name
    raise FindingsError(
        f"{name} is not deployed, so it cannot be asked; deploy it first: nova-rft serve-model {name}"
    )


def _newest(project: Serving) -> str:
    from nova_rft.jobs import Status

    done = project.jobs(status=Status.COMPLETED, limit=1)
    if not done:
        newest = project.jobs(limit=1)
        if newest and not newest[0].status.ended:
            raise UsageError(
                f"{newest[0].name} is {newest[0].status}, and there is no completed job; wait for it: "
                "nova-rft watch, or name a model: --custom MODEL"
            )
        raise UsageError(
            f"{project.spec.project} ({project.spec.stage}) has no completed job in "
            f"{project.aws.region}; submit one: nova-rft submit, or name a model: --custom MODEL"
        )
    return done[0].name


def _deployed(project: Serving, arn: str) -> tuple[JudgeModelSpec, str, str]:
    from nova_rft.aws.deployments import find_deployment

    known = find_deployment(project.aws, arn)
    if known is None:
        raise UsageError(f"{arn}: no such deployment in {project.aws.region}")
    return _deployment(project, arn), str(known["modelArn"]), str(known["modelDeploymentName"])


def _deployment(project: Serving, arn: str) -> JudgeModelSpec:
    # So that it reasons as long as the base does.
    return DeployedModel(provider="bedrock", id=arn, base=project.spec.model)
