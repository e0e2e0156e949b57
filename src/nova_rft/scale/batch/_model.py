"""A judge model that answers what is known, and takes down what is not, for the next batch."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from nova_rft.aws.converse import converse_body, read_reply, refusal
from nova_rft.errors import FormRefused, JudgeDeferred, JudgeRefused
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, Usage
from nova_rft.judge.models import cost_of, reply_from_json, reply_to_json, request_digest
from nova_rft.scale.batch._store import Kept, Store
from nova_rft.spec import BedrockJudge, Price, digest

# Of a judge's settings, those that no answer depends on.
_NO_MATTER: Final = {
    *("concurrency", "timeout_s", "attempts", "requests_per_minute", "tokens_per_minute"),
    "prompt_cache",
}
# Batches in which a question was asked in vain; then it is asked on demand.
MOST_TRIES: Final = 2
# What was answered on demand is kept as the judge saw it, not as Converse said it.
_LIVE: Final = "on demand"


@dataclass(slots=True)
class Asking:
    """What one pass over the events did; shared by all of its models and their threads.

    Attributes:
        live: How many more questions of a model may be asked on demand.
        waits: Questions that are not answered yet.
        used: Keys of those that are.
        refused: Why a model that never answered will not.
    """

    live: dict[str, int] = field(default_factory=dict)
    waits: int = 0
    used: list[str] = field(default_factory=list)
    refused: JudgeRefused | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_live(self, model: str) -> bool:
        """Whether one more question may be asked on demand."""
        with self.lock:
            left = self.live.get(model, 0)
            self.live[model] = max(left - 1, 0)
            return left > 0


class BatchModel:
    """A `JudgeModel` in one form at a time, over what batches answered; `Formed` stands around it."""

    def __init__(
        self,
        spec: BedrockJudge,
        store: Store,
        asking: Asking,
        on_demand: JudgeModel,
        price: Price | None,
    ) -> None:
        """Takes the judge, what is known, a model that answers at once, and its price."""
        self.name = f"bedrock:{spec.id}"
        self.concurrency = spec.concurrency if asking.live.get(spec.id) else 1
        self._spec = spec
        self._store = store
        self._asking = asking
        self._on_demand = on_demand
        self._price = price
        self._settings = spec.model_dump(mode="json", exclude=set(_NO_MATTER))

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The reply that is known.

        Raises:
            JudgeDeferred: none is yet; the question was taken down.
            JudgeRefused, JudgeUnavailable: as on demand.
        """
        key = digest([self._settings, str(request.form), request_digest(request)])[:32]
        kept = self._store.kept(key)
        if kept is None:
            if self._asking.take_live(self._spec.id) or self._store.tries(key) >= MOST_TRIES:
                return self._live(key, request, deadline)
            self._take_down(key, request)
            raise JudgeDeferred(f"{self.name}: waits for a batch")
        with self._asking.lock:
            self._asking.used.append(key)
        if kept.answer is None:
            raise refusal(kept.code, f"{self.name}: {kept.message}", request.form)
        live = kept.answer.get(_LIVE)
        return reply_from_json(live) if live else read_reply(kept.answer, request)

    def _take_down(self, key: str, request: JudgeRequest) -> None:
        with self._asking.lock:
            self._asking.waits += 1
        body = converse_body(self._spec, request, cache=False)
        self._store.ask(key, self._spec.id, request.form, body)

    def _live(self, key: str, request: JudgeRequest, deadline: float | None) -> JudgeReply:
        """Asks on demand, at the whole price."""
        try:
            reply = self._on_demand.ask(request, deadline=deadline)
        except FormRefused as refused:
            known = Kept(None, "ValidationException", str(refused))
            self._store.take_in([(key, known, Usage(), 0.0)])
            raise
        except JudgeRefused as refused:
            if not self._store.answered(self._spec.id):
                self._asking.refused = refused
            raise
        cost = None if self._price is None else cost_of(reply.usage, self._price)
        kept = Kept({_LIVE: reply_to_json(reply)})
        self._store.ask(key, self._spec.id, request.form, {})
        self._store.take_in([(key, kept, reply.usage, cost)])
        with self._asking.lock:
            self._asking.used.append(key)
        return reply
