"""The embedded OpenAI-compatible API against the real openai package: files, jobs, models, errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import openai
import pytest
from openai.types.fine_tuning import FineTuningJob

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from tests.contract.conftest import REWARD, Local, training

MODEL = "openai.gpt-oss-20b"
SLOW = "import time\n" + REWARD.replace("return", "time.sleep(0.5)\n    return", 1)


@pytest.fixture(scope="module")
def api(local: Local) -> Iterator[openai.OpenAI]:
    """The package as a user would make it, but without patience of its own."""
    url = local_aws.environment(local.endpoint)["AWS_ENDPOINT_URL_BEDROCK_MANTLE"]
    with openai.OpenAI(base_url=url, api_key="any", max_retries=0) as made:
        yield made


@pytest.fixture(autouse=True)
def _account() -> None:
    """Nothing here needs what other contract tests find in the account."""


@pytest.fixture(autouse=True)
def _none_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


@pytest.fixture(scope="module")
def function(local: Local) -> str:
    return grader(local, REWARD)


@pytest.fixture(scope="module")
def file(api: openai.OpenAI) -> str:
    return upload(api, training())


def grader(local: Local, code: str) -> str:
    name = local.function(code)
    return str(local.client("lambda").publish_version(FunctionName=name)["FunctionArn"])


def upload(api: openai.OpenAI, body: bytes, name: str = "train.jsonl") -> str:
    return api.files.create(file=(name, body), purpose="fine-tune").id


def body(function: str, file: str, **hyperparameters: Any) -> dict[str, Any]:
    """What a request for a job says."""
    grader = {"type": "lambda", "lambda": {"function": function}}
    given = {"n_epochs": 1, "batch_size": 40, **hyperparameters}
    method = {
        "type": "reinforcement",
        "reinforcement": {"grader": grader, "hyperparameters": given},
    }
    return {"model": MODEL, "training_file": file, "method": method}


def create(api: openai.OpenAI, request: dict[str, Any]) -> FineTuningJob:
    """As AWS's samples do: what OpenAI's types do not know goes into `extra_body`."""
    rest = {key: value for key, value in request.items() if key not in ("model", "training_file")}
    return api.fine_tuning.jobs.create(
        model=request["model"], training_file=request["training_file"], extra_body=rest
    )


def ended(api: openai.OpenAI, job_id: str) -> FineTuningJob:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = api.fine_tuning.jobs.retrieve(job_id)
        if job.status in ("succeeded", "failed", "cancelled"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"{job_id} does not end")


def events(api: openai.OpenAI, job_id: str) -> list[Any]:
    """All of them, the oldest first."""
    return [*api.fine_tuning.jobs.list_events(job_id, limit=3)][::-1]


def test_a_job_runs_to_a_model_that_answers(api: openai.OpenAI, function: str, file: str) -> None:
    request = {**body(function, file, n_epochs=2), "metadata": {"project": "sums"}, "seed": 7}
    made = create(api, request)
    assert (made.status, made.fine_tuned_model, made.finished_at) == (
        "validating_files",
        None,
        None,
    )
    job = ended(api, made.id)
    assert job.status == "succeeded", job.error
    assert (job.metadata, job.seed, job.training_file) == ({"project": "sums"}, 7, file)
    assert cast(Any, job.method).reinforcement.grader.to_dict() == {
        "type": "lambda",
        "lambda": {"function": function},
    }
    assert job.hyperparameters.to_dict() == {
        "n_epochs": 2,
        "batch_size": 40,
        "learning_rate_multiplier": 1.0,
    }
    assert job.finished_at is not None
    assert job.finished_at >= job.created_at

    found = events(api, job.id)
    steps = [event.data for event in found if event.type == "metrics"]
    # 100 records in batches of 40: three steps an epoch. Rollouts are "answer 0 ", "answer 1 answer 1 "
    # and their reward is their length.
    assert [(step["step"], step["total_steps"]) for step in steps] == [(n, 6) for n in range(1, 7)]
    assert {step["critic_rewards_mean"] for step in steps} == {(9 + 18) / 2}
    assert {step["response_length_mean"] for step in steps} == {3.0}
    assert steps[0].keys() == {"step", "total_steps", "critic_rewards_mean", "response_length_mean"}
    said = [event.message for event in found if event.type == "message"]
    assert "policy: recorded" in said[3]
    assert said[-1] == f"New model: {job.fine_tuned_model}"

    checkpoints = api.fine_tuning.jobs.checkpoints.list(job.id).data
    assert [checkpoint.step_number for checkpoint in checkpoints] == [6, 3]
    assert {checkpoint.fine_tuning_job_id for checkpoint in checkpoints} == {job.id}

    owners = {model.id: model.owned_by for model in api.models.list()}
    names = [checkpoint.fine_tuned_model_checkpoint for checkpoint in checkpoints]
    for name in [str(job.fine_tuned_model), *names]:
        assert owners[name] == "nova-rft:policy=recorded"
        assert api.models.retrieve(name).id == name
        answer = api.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "So?"}]
        )
        assert answer.choices[0].message.content == "(scripted, sample 1) So?"
        assert answer.model == name


def test_a_validation_file_is_looked_at_after_each_epoch(
    api: openai.OpenAI, function: str, file: str
) -> None:
    # As few as one likes: only a training set is bounded.
    request = body(function, file) | {"validation_file": upload(api, training(2))}
    job = create(api, request)
    assert ended(api, job.id).status == "succeeded"
    steps = [event.data for event in events(api, job.id) if event.type == "metrics"]
    assert ["val_score_rewards_mean" in step for step in steps] == [False, False, True]
    assert steps[-1]["val_score_rewards_mean"] == 13.5


def test_what_auto_stands_for_is_shown(api: openai.OpenAI, function: str, file: str) -> None:
    auto = dict.fromkeys(("n_epochs", "batch_size", "learning_rate_multiplier"), "auto")
    job = create(api, body(function, file, **auto))
    shown = cast(Any, job.method).reinforcement.hyperparameters.to_dict()
    assert shown == {"n_epochs": 1, "batch_size": 32, "learning_rate_multiplier": 1.0}
    api.fine_tuning.jobs.cancel(job.id)


@pytest.mark.parametrize(
    ("change", "param", "says"),
    [
        ({"suffix": "mine"}, "suffix", "not supported"),
        ({"surprise": 1}, "surprise", "not permitted"),
        ({"model": "gpt-4o-mini"}, "model", "qwen.qwen3-32b"),
        ({"training_file": "file-none"}, "training_file", "file-none"),
        ({"validation_file": "file-none"}, "validation_file", "file-none"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "at most 16"),
        ({"metadata": {"key": "x" * 513}}, "metadata.key", "at most 512"),
        ({"method": {"type": "supervised"}}, "method.type", "reinforcement"),
    ],
)
def test_what_a_job_may_not_ask_for(
    api: openai.OpenAI, function: str, file: str, change: dict[str, Any], param: str, says: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        create(api, body(function, file) | change)
    assert caught.value.param == param
    assert says in str(caught.value.body["message"])  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_epochs", 0),
        ("n_epochs", 51),
        ("n_epochs", "2"),
        ("n_epochs", True),
        ("batch_size", 513),
        ("batch_size", 1.5),
        ("learning_rate_multiplier", 0),
        ("eval_interval", 5),
    ],
)
def test_hyperparameters_out_of_range(
    api: openai.OpenAI, function: str, file: str, name: str, value: Any
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        create(api, body(function, file, **{name: value}))
    assert caught.value.param == f"method.reinforcement.hyperparameters.{name}"


@pytest.mark.parametrize(
    ("arn", "says"),
    [
        ("a-name", "pattern"),
        ("arn:aws:lambda:us-east-1:123456789012:function:nobody:1", "Function not found"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:nobody", "Function not found"),
    ],
)
def test_a_grader_that_is_none(api: openai.OpenAI, file: str, arn: str, says: str) -> None:
    with pytest.raises(openai.BadRequestError, match=says):
        create(api, body(arn, file))


def test_a_file_that_is_too_small_fails_the_job(api: openai.OpenAI, function: str) -> None:
    job = ended(api, create(api, body(function, upload(api, training(99)))).id)
    assert job.error is not None
    assert (job.status, job.error.code, job.error.param) == (
        "failed",
        "invalid_file",
        "training_file",
    )
    assert "99 training records" in job.error.message
    assert job.fine_tuned_model is None


def test_a_grader_that_fails_fails_the_job(api: openai.OpenAI, local: Local, file: str) -> None:
    arn = grader(local, "def handler(event, context):\n    raise ValueError('no judge')\n")
    job = ended(api, create(api, body(arn, file)).id)
    assert job.error is not None
    assert (job.status, job.error.code, job.error.param) == ("failed", "training_failed", None)
    assert "no judge" in job.error.message
    assert events(api, job.id)[-1].level == "error"


def test_a_job_fails_on_request(api: openai.OpenAI, local: Local, function: str, file: str) -> None:
    local_aws.ask_fault(
        local.endpoint, service="bedrock-mantle", operation="Job", message="no capacity"
    )
    job = ended(api, create(api, body(function, file)).id)
    assert job.error is not None
    assert (job.status, job.error.message) == ("failed", "no capacity")


def test_a_cancelled_job_stays_cancelled(api: openai.OpenAI, local: Local, file: str) -> None:
    job = create(api, body(grader(local, SLOW), file))
    while api.fine_tuning.jobs.retrieve(job.id).status != "running":
        time.sleep(0.02)
    assert api.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="already cancelled"):
        api.fine_tuning.jobs.cancel(job.id)
    time.sleep(0.8)
    found = api.fine_tuning.jobs.retrieve(job.id)
    assert (found.status, found.error, found.fine_tuned_model) == ("cancelled", None, None)
    assert events(api, job.id)[-1].message == "Fine-tuning job cancelled"


def test_jobs_are_listed_in_pages_newest_first_and_by_metadata(
    api: openai.OpenAI, function: str, file: str
) -> None:
    mark = uuid4().hex
    made = []
    for number in range(3):
        request = body(function, file) | {"metadata": {"mark": mark, "number": str(number)}}
        made.append(create(api, request).id)
        api.fine_tuning.jobs.cancel(made[-1])
    page = api.fine_tuning.jobs.list(limit=2, metadata={"mark": mark})
    assert ([job.id for job in page.data], page.has_more) == (made[:0:-1], True)
    following = page.get_next_page()
    assert ([job.id for job in following.data], following.has_more) == (made[:1], False)
    assert [job.id for job in api.fine_tuning.jobs.list(limit=1)][:3] == made[::-1]
    one = api.fine_tuning.jobs.list(metadata={"mark": mark, "number": "1"})
    assert [job.id for job in one] == [made[1]]
    for wrong in ({"limit": 0}, {"limit": 1001}, {"after": "ftjob-none"}):
        with pytest.raises(openai.BadRequestError):
            api.fine_tuning.jobs.list(**cast(Any, wrong))


def test_files_come_and_go(api: openai.OpenAI) -> None:
    records = training(3)
    first = api.files.create(file=("one.jsonl", records), purpose="fine-tune")
    assert (first.filename, first.bytes, first.purpose) == (
        "one.jsonl",
        len(records),
        "fine-tune",
    )
    second = upload(api, training(2), "two.jsonl")
    assert api.files.content(first.id).read() == records
    assert api.files.retrieve(second).filename == "two.jsonl"
    newest = api.files.list(limit=1, purpose="fine-tune")
    assert ([file.id for file in newest.data], newest.has_more) == ([second], True)
    assert next(iter(newest.get_next_page())).id == first.id
    assert [file.id for file in api.files.list(order="asc")][-2:] == [first.id, second]
    assert api.files.list(purpose="batch").data == []
    assert api.files.delete(first.id).deleted
    for ask in (api.files.retrieve, api.files.content, api.files.delete):
        with pytest.raises(openai.NotFoundError, match="No such File object"):
            ask(first.id)


@pytest.mark.parametrize(
    ("content", "purpose", "says"),
    [
        (b"no json\n", "fine-tune", "train.jsonl:1: not JSON"),
        (b'{"messages": []}\n', "fine-tune", "train.jsonl:1: messages"),
        (b"\n", "fine-tune", "empty"),
        (b'{"custom_id": "x"}\n', "batch", "purpose must be fine-tune"),
    ],
)
def test_a_file_that_holds_no_records_is_refused(
    api: openai.OpenAI, content: bytes, purpose: Any, says: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        api.files.create(file=("train.jsonl", content), purpose=purpose)
    assert says in str(caught.value)


def test_a_form_that_is_none(api: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="multipart"):
        api.post("/files", cast_to=object, body={"purpose": "fine-tune"})


def test_responses_and_samples(api: openai.OpenAI) -> None:
    response = api.responses.create(
        model="qwen.qwen3-32b",
        instructions="Be brief.",
        input=[{"role": "user", "content": [{"type": "input_text", "text": "Why?"}]}],
    )
    assert response.output_text == "(scripted, sample 1) Why?"
    assert response.usage is not None
    assert response.usage.total_tokens > 0
    assert api.responses.create(model=MODEL, input="So?").output_text.endswith("So?")
    choices = api.chat.completions.create(
        model=MODEL, n=2, messages=[{"role": "user", "content": "Why?"}]
    ).choices
    assert [choice.message.content for choice in choices] == [
        "(scripted, sample 1) Why?",
        "(scripted, sample 2) Why?",
    ]


@pytest.mark.parametrize(
    ("change", "error", "param"),
    [
        ({"model": "gpt-4o"}, openai.NotFoundError, "model"),
        ({"stream": True}, openai.BadRequestError, "stream"),
        ({"response_format": {"type": "json_object"}}, openai.BadRequestError, "response_format"),
        ({"n": 17}, openai.BadRequestError, "n"),
        ({"messages": "hello"}, openai.BadRequestError, "messages"),
        ({"messages": [{"role": "user"}]}, openai.BadRequestError, "messages[0].content"),
        (
            {"messages": [{"role": "assistant", "content": "I"}]},
            openai.BadRequestError,
            "messages",
        ),
    ],
)
def test_what_is_not_answered(
    api: openai.OpenAI, change: dict[str, Any], error: type[openai.APIStatusError], param: str
) -> None:
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Why?"}], **change}
    with pytest.raises(error) as caught:
        api.post("/chat/completions", cast_to=object, body=asked)
    assert caught.value.param == param


def test_plain_text_may_be_asked_for(api: openai.OpenAI) -> None:
    text: Any = {"format": {"type": "text"}}
    assert api.responses.create(model=MODEL, input="So?", text=text).output_text


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("ThrottlingException", 429, "rate_limit_exceeded"),
        ("ExpiredTokenException", 401, "invalid_api_key"),
        ("AccessDeniedException", 403, "access_denied"),
        ("ServiceUnavailableException", 503, "service_unavailable"),
        ("SomethingElse", 400, "SomethingElse"),
    ],
)
def test_errors_on_request_have_openais_form(
    api: openai.OpenAI, local: Local, code: str, status: int, said: str
) -> None:
    local_aws.ask_fault(
        local.endpoint,
        service="bedrock-mantle",
        operation="ListFineTuningJobs",
        code=code,
        message="on request",
    )
    api.files.list()  # Another operation goes on.
    with pytest.raises(openai.APIStatusError) as caught:
        api.fine_tuning.jobs.list()
    error = caught.value
    assert (error.status_code, error.code) == (status, said)
    assert cast(Any, error.body)["message"] == "on request"
    api.fine_tuning.jobs.list()


def test_no_key_and_no_such_path(api: openai.OpenAI) -> None:
    bare: Any = {"headers": {"Authorization": openai.Omit()}}
    with pytest.raises(openai.AuthenticationError, match="API key"):
        api.get("/models", cast_to=object, options=bare)
    for path in ("/nothing", "/fine_tuning/jobs/x/y"):
        with pytest.raises(openai.NotFoundError, match="Invalid URL"):
            api.get(path, cast_to=object)
    with pytest.raises(openai.BadRequestError, match="JSON"):
        api.post("/fine_tuning/jobs", cast_to=object, content=b"{")


def test_botocore_still_signs_for_bedrock(aws: Aws) -> None:
    """A Bedrock key in the environment would make it send that instead, and refuse plain HTTP."""
    assert "modelSummaries" in aws.client("bedrock").list_custom_models()
