"""Models asked by Bedrock's batches, as an evaluation asks them: each question once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from nova_rft import local_aws
from nova_rft.aws.batches import BatchPlace
from nova_rft.aws.session import Aws
from nova_rft.data import Message
from nova_rft.judge import JudgeRequest, free_question
from nova_rft.scale.batch import Jobs, Question, Store, batch_replies
from nova_rft.scale.estimate import BATCH_PRICE, Quotas
from nova_rft.spec import BedrockJudge, Price
from tests.contract.conftest import Local

PRO = BedrockJudge(provider="bedrock", id="us.amazon.nova-pro-v1:0", temperature=1.0)
LITE = BedrockJudge(provider="bedrock", id="us.amazon.nova-lite-v1:0")
PRICE = Price(input=1, output=4)


def request(number: int, sample: int = 0) -> JudgeRequest:
    return free_question([Message("user", f"What is {number} and one?")], sample=sample)


@pytest.fixture
def place(local: Local) -> Iterator[BatchPlace]:
    bucket = f"bucket-{uuid4().hex[:12]}"
    local.client("s3").create_bucket(Bucket=bucket)
    yield BatchPlace(local.role(), bucket, "scoring/")
    local_aws.forget_faults(local.endpoint)


@pytest.fixture
def jobs(aws: Aws, place: BatchPlace, tmp_path: Path) -> Iterator[Jobs]:
    with Store(tmp_path / "batches.sqlite") as store:
        yield Jobs(aws, place, store, {PRO.id: PRICE}, Quotas())


def sent(local: Local, place: BatchPlace) -> int:
    """Questions in all batches."""
    s3 = local.client("s3")
    found = s3.list_objects_v2(Bucket=place.bucket, Prefix="scoring/records/").get("Contents", ())
    bodies = [s3.get_object(Bucket=place.bucket, Key=one["Key"])["Body"].read() for one in found]
    return sum(body.count(b"\n") for body in bodies)


def test_samples_are_answers_of_their_own_and_too_few_are_left(
    local: Local, place: BatchPlace, jobs: Jobs
) -> None:
    many = [Question("base", PRO, request(n, sample)) for n in range(60) for sample in range(2)]
    few = [Question("other", LITE, request(n)) for n in range(60)]
    told = list(batch_replies([*many, *few], jobs))
    assert [question for question, _ in told] == many
    assert all(reply.text and reply.usage.output_tokens for _, reply in told)
    assert sent(local, place) == 120
    assert jobs.store.cost == pytest.approx(
        BATCH_PRICE
        * sum(r.usage.input_tokens * 1 + r.usage.output_tokens * 4 for _, r in told)
        / 1_000_000
    )
    # Asked on demand meanwhile, by somebody else: no later batch asks them once more.
    later = [Question("other", LITE, request(n)) for n in range(100, 200)]
    assert [question for question, _ in batch_replies(later, jobs)] == later
    assert sent(local, place) == 220


def test_what_was_answered_once_is_not_asked_again(
    local: Local, place: BatchPlace, jobs: Jobs
) -> None:
    questions = [Question("base", PRO, request(n)) for n in range(110)]
    first = next(batch_replies(questions, jobs))
    again = list(batch_replies(questions, jobs))
    assert again[0] == first and len(again) == 110
    assert sent(local, place) == 110
