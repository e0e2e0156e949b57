"""Judge models whose questions are metered, and whose answers are listened to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nova_rft.calibrate.refine._meter import Meter, SavingPurse
from nova_rft.errors import BudgetSpent
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, read_fenced
from nova_rft.judge.models import ReplyStore, request_digest
from nova_rft.reward import JudgeModels, Models
from nova_rft.spec import JudgeModelSpec, RewardSpec


class Heard:
    """What a judge said and why, found again by the texts that it was shown.

    Attributes:
        told: Characters of the longest constant part of a question.
    """

    def __init__(self) -> None:
        self.told = 0
        self._by_text: dict[str, list[tuple[frozenset[str], Any]]] = {}

    def add(self, request: JudgeRequest, reply: JudgeReply) -> None:
        """Notes an answer."""
        self.told = max(self.told, len(request.system))
        _, sections = read_fenced(request.user)
        shown = frozenset(sections.values())
        for name, text in sections.items():
            if name not in ("TASK", "REFERENCE"):
                self._by_text.setdefault(text, []).append((shown, reply.call))

    def reasons(self, task: str, responses: Sequence[str], criterion: str = "") -> list[str]:
        """Why it said what it said of one response or two, in an order that is always the same.

        Args:
            task: The prompt's text.
            responses: What it was shown at once, perhaps beside others.
            criterion: On which; empty: on all.
        """
        wanted = {task, *responses}
        calls = [call for shown, call in self._by_text.get(responses[0], ()) if wanted <= shown]
        return sorted({reason for call in calls for reason in _reasons(call, criterion)})


def _reasons(call: Any, criterion: str) -> Iterator[str]:
    """Of an answer that nobody has read yet, whatever it may be."""
    for entry in _entries(call):
        reason = entry.get("reason") if isinstance(entry, Mapping) else None
        if not isinstance(reason, str) or not reason:
            continue
        name = str(entry.get("criterion", ""))
        if not criterion:
            yield f"{name}: {reason}" if name else reason
        elif name in ("", criterion):
            yield reason


def _entries(call: Any) -> Sequence[Any]:
    if not isinstance(call, Mapping):
        return ()
    lists = [call[field] for field in ("verdicts", "ranking") if isinstance(call.get(field), list)]
    return lists[0] if lists else [call]


class MeteredModels(JudgeModels):
    """Judge models that ask a meter first."""

    def __init__(
        self,
        reward: RewardSpec,
        bare: Models,
        meter: Meter,
        *,
        purse: SavingPurse | None = None,
        store: ReplyStore | None = None,
    ) -> None:
        """Takes what `JudgeModels` takes, and the meter.

        Raises:
            UsageError: the budget has a total and nobody to count it.
        """
        super().__init__(reward, bare, purse=purse, store=store)
        self.meter = meter
        self.purse = purse
        self._heard = Heard()

    def __call__(self, wanted: JudgeModelSpec) -> JudgeModel:
        """The model; see `JudgeModels`."""
        return _Metered(super().__call__(wanted), self)

    def listen(self) -> Heard:
        """What is answered from now on."""
        self._heard = Heard()
        return self._heard

    def hear(self, request: JudgeRequest, reply: JudgeReply) -> None:
        """Notes an answer for who listens."""
        self._heard.add(request, reply)

    def end_search(self) -> None:
        """Lets through what was kept back for the end."""
        self.meter.end_search()
        if self.purse is not None:
            self.purse.end_search()


class _Metered:
    """One of them."""

    def __init__(self, inner: JudgeModel, models: MeteredModels) -> None:
        self._inner = inner
        self._models = models
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer; see `JudgeModel.ask`."""
        meter = self._models.meter
        meter.open(f"{self.name} {request_digest(request)}")
        try:
            reply = self._inner.ask(request, deadline=deadline)
        except BudgetSpent as spent:
            raise meter.stop(str(spent)) from spent
        self._models.hear(request, reply)
        return reply
