"""A bare judge model with everything about patience and money around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nova_rft.judge._request import Form, JudgeModel
from nova_rft.judge.models._budget import Billed, Till
from nova_rft.judge.models._forms import Formed
from nova_rft.judge.models._kept import Kept, ReplyStore
from nova_rft.judge.models._limits import Paced
from nova_rft.judge.models._patient import Patient
from nova_rft.judge.models._tally import Tally
from nova_rft.judge.models._watched import Watched
from nova_rft.spec import BedrockJudge, JudgeModelSpec, OpenAIJudge, canonical_json

# Of the settings, those that no answer depends on.
_NO_MATTER = frozenset(
    (
        *("concurrency", "timeout_s", "attempts", "requests_per_minute", "tokens_per_minute"),
        "api_key_secret",
    )
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What all judge models of a reward share.

    Attributes:
        tally: Counts calls, tokens and money.
        till: Refuses calls that the budget does not allow; None without a budget.
        store: Keeps replies beyond the run; None without one.
        recorder: Put around each model, such as `RecordingModel`, where what is asked is written down.
    """

    tally: Tally
    till: Till | None = None
    store: ReplyStore | None = None
    recorder: Callable[[JudgeModel], JudgeModel] = field(default=lambda model: model)


def equip(model: JudgeModel, spec: JudgeModelSpec, accounts: Accounts) -> JudgeModel:
    """The model as judges use it.

    From outside: kept replies, recording, the form of the answer, the budget, retries, limits a minute,
    the watch.
    """
    model = Watched(model, accounts.tally)
    if not isinstance(spec, BedrockJudge | OpenAIJudge):
        # Nothing is paid and nothing passes.
        return accounts.recorder(Billed(model, None, accounts.tally, None))
    model = Billed(patient(model, spec), spec.id, accounts.tally, accounts.till)
    model = accounts.recorder(formed(model, spec))
    settings = canonical_json(spec.model_dump(mode="json", exclude=set(_NO_MATTER)))
    return Kept(model, settings, accounts.store, accounts.tally)


def patient(model: JudgeModel, spec: BedrockJudge | OpenAIJudge) -> JudgeModel:
    """The model with its limits a minute, asked again where that can help."""
    if spec.requests_per_minute or spec.tokens_per_minute:
        model = Paced(
            model,
            requests_per_minute=spec.requests_per_minute,
            tokens_per_minute=spec.tokens_per_minute,
            max_tokens=spec.max_tokens,
        )
    return Patient(model, spec.attempts)


def formed(model: JudgeModel, spec: BedrockJudge | OpenAIJudge) -> JudgeModel:
    """The model asked in the best form that it takes."""
    return Formed(model, forms_of(spec))


def forms_of(spec: BedrockJudge | OpenAIJudge) -> tuple[Form, ...]:
    """In which forms a model is asked, the best first, plain text last."""
    if spec.output != "auto":
        return tuple(dict.fromkeys((Form(spec.output), Form.TEXT)))
    if isinstance(spec, OpenAIJudge):
        return (Form.JSON_SCHEMA, Form.TOOL, Form.TEXT)
    if spec.reasoning_effort and spec.family.effort == "reasoningConfig":
        # Whether a forced tool goes with reasoning is written nowhere, and plain text always does.
        return (Form.TEXT,)
    return tuple(Form(output) for output in spec.family.outputs)
