"""The rubric judge as a term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from nova_rft.data import Rollout
from nova_rft.errors import JudgeError, JudgeRefused
from nova_rft.judge import (
    JudgeModel,
    JudgeReply,
    JudgeRequest,
    UnreadableVerdict,
    ask_all,
    read_verdicts,
    rubric_request,
    rubric_value,
)
from nova_rft.reward._score import Abstention, Cause, Score, TermResult
from nova_rft.spec import BedrockJudge, OpenAIJudge, RubricTerm


class Rubric:
    """Asks a judge model about each response, all at once."""

    def __init__(self, spec: RubricTerm, model: JudgeModel) -> None:
        self._spec = spec
        self._model = model
        settings = spec.model
        real = settings if isinstance(settings, BedrockJudge | OpenAIJudge) else None
        self._max_tokens = real.max_tokens if real else 1024
        self._temperature = real.temperature if real else 0.0

    def score(
        self, rollouts: Sequence[Rollout], *, deadline: float | None = None
    ) -> list[TermResult]:
        """The weighted share of met criteria; an abstention where no verdict could be had."""
        requests = [
            rubric_request(
                self._spec.criteria,
                rollout,
                show_reference=self._spec.show_reference,
                max_tokens=self._max_tokens,
                temperature=self._temperature,
            )
            for rollout in rollouts
        ]
        replies = ask_all(self._model, requests, deadline=deadline)
        return [
            self._read(reply, request) for reply, request in zip(replies, requests, strict=True)
        ]

    def _read(self, reply: JudgeReply | JudgeError, request: JudgeRequest) -> TermResult:
        if isinstance(reply, JudgeError):
            refused = isinstance(reply, JudgeRefused)
            cause = Cause.JUDGE_REFUSED if refused else Cause.JUDGE_UNAVAILABLE
            return Abstention(cause, str(reply))
        try:
            verdicts = read_verdicts(reply, request, self._spec.criteria)
        except UnreadableVerdict as problem:
            return Abstention(Cause.UNREADABLE_VERDICT, f"{self._model.name}: {problem}")
        details = {
            "judge": self._model.name,
            "verdicts": [asdict(verdict) for verdict in verdicts],
            "said": reply.text,
            "input_tokens": reply.usage.input_tokens,
            "output_tokens": reply.usage.output_tokens,
        }
        return Score(rubric_value(verdicts, self._spec.criteria), details)
