"""What is called from inside a stage's network, by the names of interface endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from judges import bedrock_judges
from nova_rft.pipeline import asked_models, not_evaluated
from nova_rft.spec import (
    JudgeModelSpec,
    Need,
    OpenAIJudge,
    Spec,
    judge_models_of,
    runs_programs,
)
from settings import Settings, SettingsError

_MANTLE: Final = "bedrock-mantle"


def services(settings: Settings) -> list[str]:
    """What is called from inside, each once.

    Raises:
        SettingsError: something is asked where no endpoint leads.
    """
    return sorted({*_services(settings.spec), *_of_pipeline(settings), *_of_scoring(settings)})


def _services(spec: Spec) -> Iterator[str]:
    """What jobs and the reward call."""
    needs = spec.cell.needs
    jobs = bool({Need.SERVICE_ROLE, Need.EXECUTION_ROLE} & set(needs))
    called = set(_judges(spec) if spec.cell.calls_reward else ())
    if spec.cell.calls_reward and (jobs or runs_programs(spec.required_reward.terms)):
        called.add("lambda")
    if Need.EXECUTION_ROLE in needs:
        called |= {"logs", "monitoring", "sts"}
        if Need.TEACHER in needs:
            called |= {"bedrock", "bedrock-runtime"}
    if Need.PACKAGE_GROUP in needs or (spec.mlflow and Need.EXECUTION_ROLE in needs):
        called.add("sagemaker.api")
    yield from called


def _of_pipeline(settings: Settings) -> Iterator[str]:
    """What the pipeline's functions call."""
    spec, pipeline = settings.spec, settings.stage.pipeline
    if pipeline is None:
        return
    yield from ("cloudformation", "monitoring", "states")
    if settings.stage.notify is not None:
        yield "sns"
    if spec.backend == "bedrock-openai":
        yield _MANTLE
    else:
        # To have a model deployed, whoever trained it.
        yield "bedrock"
    if spec.backend.startswith("sagemaker"):
        yield from ("logs", "sagemaker.api")
    if not not_evaluated(spec, pipeline):
        yield "bedrock-runtime"
        yield from _reached(asked_models(spec, settings.region))


def _of_scoring(settings: Settings) -> Iterator[str]:
    """What the function that scores chunks calls: the reward; chunks and rows are in S3."""
    if settings.stage.scoring and settings.spec.cell.calls_reward:
        yield "lambda"


def _judges(spec: Spec) -> Iterator[str]:
    """Where judges are asked.

    Raises:
        SettingsError: one is asked where no endpoint leads.
    """
    reward = spec.required_reward
    if bedrock_judges(reward):
        yield "bedrock-runtime"
    yield from _reached(judge_models_of(reward.terms))


def _reached(models: Iterable[JudgeModelSpec]) -> Iterator[str]:
    """Where models behind OpenAI-compatible endpoints are asked, and where their keys are.

    Raises:
        SettingsError: one is asked where no endpoint leads.
    """
    for judge in models:
        if not isinstance(judge, OpenAIJudge):
            continue
        if judge.api_key_secret:
            yield "secretsmanager"
        host = urlsplit(judge.base_url).hostname or ""
        if host.partition(".")[0] not in (_MANTLE, "bedrock-runtime"):
            raise SettingsError(
                f"the judge {judge.id} is asked at {host}, to which no way leads out of a new VPC; name "
                "a VPC of yours in network, one with a way there, or a judge on Bedrock"
            )
        yield host.partition(".")[0]
