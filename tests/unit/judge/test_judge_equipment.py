"""What is put around a judge model: forms, patience, limits, kept replies, a budget."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import BudgetSpent, JudgeRefused, JudgeUnavailable, StorageError
from nova_rft.judge import Form, JudgeModel, JudgeReply, JudgeRequest, Usage, ask_all
from nova_rft.judge.models import (
    Accounts,
    MemoryPurse,
    Tally,
    Till,
    cost_of,
    equip,
)
from nova_rft.judge.models._equip import forms_of
from nova_rft.judge.models._limits import Window
from nova_rft.judge.models._patient import Patient
from nova_rft.judge.models.file_store import FileStore
from nova_rft.spec import BedrockJudge, Budget, OpenAIJudge, Price
from tests.unit.judge.judges import request

PRICE = Price(input=1.0, output=10.0)


def openai_spec(**settings: Any) -> OpenAIJudge:
    fields = {"provider": "openai", "base_url": "http://127.0.0.1:1/v1", "id": "m"}
    return OpenAIJudge.model_validate({**fields, **settings})


class Bare:
    """A bare model: gives what it is told, in order, the last for ever; counts how it is asked."""

    def __init__(self, *answers: Any, concurrency: int = 8, wait_s: float = 0.0) -> None:
        self.name = "bare"
        self.concurrency = concurrency
        self.asked: list[JudgeRequest] = []
        self.most_at_once = 0
        self._answers = answers or ({"a": 1},)
        self._wait_s = wait_s
        self._now = 0
        self._lock = threading.Lock()

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        with self._lock:
            answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
            self.asked.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(self._wait_s)
        with self._lock:
            self._now -= 1
        if isinstance(answer, BaseException):
            raise answer
        return JudgeReply(answer, "said", Usage(100_000, 10_000), "end")


def equipped(model: JudgeModel, *, till: Till | None = None, **more: Any) -> JudgeModel:
    settings = more.pop("settings", {})
    accounts = Accounts(more.pop("tally", Tally({"m": PRICE})), till, **more)
    return equip(model, openai_spec(attempts=1, **settings), accounts)


def test_patience_ends_with_the_first_answer() -> None:
    model = Bare(JudgeUnavailable("429"), JudgeUnavailable("503"), {"a": 1})
    assert Patient(model, 4).ask(request()).call == {"a": 1}
    assert len(model.asked) == 3


def test_patience_ends_with_the_attempts() -> None:
    model = Bare(JudgeUnavailable("429"))
    with pytest.raises(JudgeUnavailable, match="429"):
        Patient(model, 2).ask(request())
    assert len(model.asked) == 2


@pytest.mark.parametrize("error", [JudgeRefused("400"), BudgetSpent("spent")])
def test_what_a_retry_cannot_mend_is_asked_once(error: Exception) -> None:
    model = Bare(error)
    with pytest.raises(type(error)):
        Patient(model, 5).ask(request())
    assert len(model.asked) == 1


def test_patience_stays_inside_the_deadline() -> None:
    model = Bare(JudgeUnavailable("429", retry_after=3.0))
    started = time.monotonic()
    with pytest.raises(JudgeUnavailable, match="429"):
        Patient(model, 10).ask(request(), deadline=started + 1)
    assert time.monotonic() - started < 0.5
    assert len(model.asked) == 1


def test_the_service_says_how_long_to_wait() -> None:
    model = Bare(JudgeUnavailable("429", retry_after=0.4), {"a": 1})
    started = time.monotonic()
    Patient(model, 2).ask(request())
    assert time.monotonic() - started >= 0.4


def test_waits_are_not_all_alike() -> None:
    model = Bare(JudgeUnavailable("429"), concurrency=64)
    patient = Patient(model, 2)
    started = time.monotonic()

    def fails(_: int) -> float:
        with pytest.raises(JudgeUnavailable):
            patient.ask(request())
        return time.monotonic() - started

    with ThreadPoolExecutor(24) as pool:
        took = sorted(pool.map(fails, range(24)))
    assert took[-1] - took[0] > 0.15, "they would all come back at once"


def test_a_window_never_holds_more_than_its_limit() -> None:
    window = Window(5, seconds=0.2)
    uses = [window.reserve(1) for _ in range(23)]
    times = [use.at for use in uses if use]
    assert len(times) == 23
    assert times == sorted(times)
    for start in times:
        assert sum(start <= at < start + 0.2 - 1e-9 for at in times) <= 5
    assert times[-1] - times[0] >= 4 * 0.2


def test_a_window_gives_back_what_was_not_used() -> None:
    window = Window(100, seconds=30)
    first = window.reserve(90)
    assert first is not None
    assert window.reserve(90, latest=time.monotonic() + 1) is None
    window.correct(first, 10)
    assert window.reserve(90, latest=time.monotonic() + 1) is not None


def test_more_than_the_limit_has_a_window_to_itself() -> None:
    window = Window(10, seconds=0.1)
    first, second = window.reserve(50), window.reserve(50)
    assert first is not None
    assert second is not None
    assert second.at - first.at == pytest.approx(0.1, abs=0.01)


def test_requests_a_minute_are_an_abstention_where_the_deadline_comes_first() -> None:
    model = Bare()
    judge = equipped(model, settings={"requests_per_minute": 3})
    requests = [request(f"{n}") for n in range(5)]
    replies = ask_all(judge, requests, deadline=time.monotonic() + 5)
    late = [reply for reply in replies if isinstance(reply, JudgeUnavailable)]
    assert len(model.asked) == 3
    assert len(late) == 2
    assert "the limit per minute leaves no room before the deadline" in str(late[0])


def test_tokens_a_minute_count_what_was_billed() -> None:
    model = Bare()  # 110,000 tokens each, against an estimate of about a thousand.
    judge = equipped(model, settings={"tokens_per_minute": 150_000})
    judge.ask(request("1"), deadline=time.monotonic() + 5)
    judge.ask(request("2"), deadline=time.monotonic() + 5)
    with pytest.raises(JudgeUnavailable, match="limit per minute"):
        judge.ask(request("3"), deadline=time.monotonic() + 5)


def test_the_watch_is_told_of_every_call_and_of_no_wait() -> None:
    tally = Tally({"m": PRICE})
    throttled = JudgeUnavailable("429", retry_after=0.3, throttled=True)
    model = Bare(throttled, JudgeUnavailable("503"), {"a": 1}, wait_s=0.02)
    accounts = Accounts(tally)
    judge = equip(model, openai_spec(attempts=3), accounts)
    judge.ask(request("1"))
    assert (tally.totals.failed, tally.totals.throttled, tally.totals.calls) == (2, 1, 1)
    (seconds,) = tally.latencies
    assert 0.02 <= seconds < 0.3, "the answered call alone, without what was waited before it"
    judge.ask(request("1"))
    assert len(tally.latencies) == 1, "a kept answer took no call"
    tally.begin_event()
    assert tally.latencies == []
    assert (tally.totals - tally.totals).throttled == 0


def test_the_same_judgement_costs_one_call() -> None:
    tally = Tally({"m": PRICE})
    model = Bare(wait_s=0.05)
    judge = equipped(model, tally=tally)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: judge.ask(request("same")), range(8)))
    judge.ask(request("same"))
    assert len(model.asked) == 1
    assert sorted(reply.usage.input_tokens for reply in replies) == [0] * 7 + [100_000]
    totals = tally.totals
    assert (totals.calls, totals.kept) == (1, 8)
    assert totals.cost == pytest.approx(0.2)


def test_samples_probabilities_and_tools_are_judgements_of_their_own() -> None:
    model = Bare()
    judge = equipped(model)
    one = request("same")
    for other in (
        one,
        JudgeRequest(one.system, one.user, one.nonce, one.tool, sample=1),
        JudgeRequest(one.system, one.user, one.nonce, one.tool, probabilities=True),
        request("same", name="other"),
    ):
        judge.ask(other)
    assert len(model.asked) == 4


def test_a_failure_is_not_kept() -> None:
    model = Bare(JudgeUnavailable("later"), {"a": 1})
    judge = equipped(model)
    with pytest.raises(JudgeUnavailable):
        judge.ask(request())
    assert judge.ask(request()).call == {"a": 1}


def test_who_waits_for_a_failing_call_asks_for_himself() -> None:
    model = Bare(JudgeRefused("no"), {"a": 1}, wait_s=0.1)
    judge = equipped(model)

    def ask(_: int) -> Any:
        try:
            return judge.ask(request()).call
        except JudgeRefused:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(str, pool.map(ask, range(2)))) == ["refused", "{'a': 1}"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    opened = FileStore(tmp_path / "deep" / "replies.sqlite")
    yield opened
    opened.close()


def test_a_store_outlives_the_run(store: FileStore) -> None:
    first, second = Bare({"a": 1}), Bare({"a": 2})
    assert equipped(first, store=store).ask(request()).call == {"a": 1}
    tally = Tally({"m": PRICE})
    reply = equipped(second, store=store, tally=tally).ask(request())
    assert reply.call == {"a": 1}
    assert reply.usage == Usage()
    assert not second.asked
    assert (tally.totals.calls, tally.totals.kept) == (0, 1)


def test_other_settings_are_another_judgement(store: FileStore) -> None:
    equipped(Bare(), store=store).ask(request())
    for settings, calls in (
        ({"temperature": 0.5}, 1),
        ({"max_tokens": 99}, 1),
        ({"output": "text"}, 1),
        ({"concurrency": 3, "timeout_s": 9.0}, 0),
    ):
        model = Bare()
        equipped(model, store=store, settings=settings).ask(request())
        assert len(model.asked) == calls, settings


def test_what_held_no_answer_is_asked_for_again_next_time(store: FileStore) -> None:
    equipped(Bare(None), store=store, settings={"output": "text"}).ask(request())
    model = Bare({"a": 1})
    judge = equipped(model, store=store, settings={"output": "text"})
    assert judge.ask(request()).call == {"a": 1}


class Broken:
    """A store that is out of order."""

    def get(self, key: str) -> str | None:
        return "[1]"

    def put(self, key: str, value: str) -> None:
        raise StorageError("disk full")


def test_a_store_that_fails_costs_a_call_never_a_judgement() -> None:
    model = Bare({"a": 1})
    assert equipped(model, store=Broken()).ask(request()).call == {"a": 1}


def test_a_file_that_is_no_store_is_said(tmp_path: Path) -> None:
    file = tmp_path / "replies.sqlite"
    file.write_text("This is no database, and it is long enough to be looked at as one." * 20)
    with pytest.raises(StorageError, match="judges' replies cannot be kept there"):
        FileStore(file)


def test_two_processes_may_share_a_file(tmp_path: Path) -> None:
    one, other = FileStore(tmp_path / "r"), FileStore(tmp_path / "r")
    try:
        one.put("k", "first")
        other.put("k", "second")
        assert (one.get("k"), other.get("k"), other.get("x")) == ("first", "first", None)
    finally:
        one.close()
        other.close()


def test_costs_are_by_kind_of_token() -> None:
    usage = Usage(1_000_000, 2_000_000, 3_000_000, 4_000_000)
    price = Price(input=1, output=10, cache_read=0.1, cache_write=2)
    assert cost_of(usage, price) == pytest.approx(1 + 20 + 0.3 + 8)
    assert cost_of(usage, PRICE) == pytest.approx(1 + 20 + 3 + 4)


def test_a_budget_is_overshot_by_no_more_than_the_calls_in_flight() -> None:
    # A call costs 0.2; five of them reach 1.
    till = Till(Budget(per_event=1.0), MemoryPurse())
    model = Bare(wait_s=0.02, concurrency=8)
    tally = Tally({"m": PRICE})
    judge = equipped(model, till=till, tally=tally)
    replies = ask_all(judge, [request(f"{n}") for n in range(64)])
    spent = [reply for reply in replies if isinstance(reply, BudgetSpent)]
    assert 5 <= len(model.asked) <= 5 + 7
    assert len(spent) == 64 - len(model.asked)
    assert "budget.per_event of 1 USD is spent (1." in str(spent[0])
    assert tally.totals.cost == pytest.approx(0.2 * len(model.asked))


def test_an_event_begins_with_its_whole_budget_and_the_total_goes_on() -> None:
    till = Till(Budget(per_event=0.3, total=0.7), MemoryPurse())
    model = Bare(concurrency=1)
    judge = equipped(model, till=till)
    answered = []
    for event in range(4):
        till.begin_event()
        replies = ask_all(judge, [request(f"{event} {n}") for n in range(5)])
        answered.append(sum(isinstance(reply, JudgeReply) for reply in replies))
    assert answered == [2, 2, 0, 0]


def test_kept_replies_are_given_after_the_budget_is_spent() -> None:
    till = Till(Budget(per_event=0.1), MemoryPurse())
    judge = equipped(Bare(), till=till)
    judge.ask(request("1"))
    with pytest.raises(BudgetSpent):
        judge.ask(request("2"))
    assert judge.ask(request("1")).call == {"a": 1}


class UnreadablePurse(MemoryPurse):
    def spent(self) -> float:
        raise JudgeUnavailable("the budget's sum cannot be told")


def test_a_sum_that_cannot_be_told_lets_nothing_through() -> None:
    model = Bare()
    judge = equipped(model, till=Till(Budget(total=1.0), UnreadablePurse()))
    with pytest.raises(JudgeUnavailable, match="cannot be told"):
        judge.ask(request())
    assert not model.asked


def bedrock(id: str, **settings: Any) -> BedrockJudge:
    return BedrockJudge.model_validate({"provider": "bedrock", "id": id, **settings})


@pytest.mark.parametrize(
    ("spec", "forms"),
    [
        (bedrock("us.amazon.nova-pro-v1:0"), "tool text"),
        (bedrock("eu.amazon.nova-2-lite-v1:0"), "tool text"),
        (bedrock("us.amazon.nova-2-lite-v1:0", reasoning_effort="low"), "text"),
        (bedrock("us.amazon.nova-2-lite-v1:0", reasoning_effort="low", output="tool"), "tool text"),
        (bedrock("openai.gpt-oss-120b-1:0", reasoning_effort="high"), "json_schema text"),
        (bedrock("some.new-model-v1:0"), "tool text"),
        (bedrock("some.new-model-v1:0", output="json_schema"), "json_schema text"),
        (bedrock("us.amazon.nova-pro-v1:0", output="text"), "text"),
        (openai_spec(), "json_schema tool text"),
        (openai_spec(output="tool"), "tool text"),
    ],
)
def test_the_form_follows_the_model(spec: BedrockJudge | OpenAIJudge, forms: str) -> None:
    assert forms_of(spec) == tuple(map(Form, forms.split()))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"id": "us.amazon.nova-pro-v1:0", "output": "json_schema"}, "use tool, text"),
        (
            {"id": "us.amazon.nova-pro-v1:0", "reasoning_effort": "low"},
            "leave reasoning_effort out",
        ),
        ({"id": "some.new-model-v1:0", "reasoning_effort": "low"}, "no way is known to tell"),
    ],
)
def test_what_a_model_is_not_known_to_take_is_refused(settings: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        bedrock(**settings)


def test_recording_lies_beneath_what_is_kept(store: FileStore) -> None:
    heard: list[str] = []

    class Recorder:
        def __init__(self, inner: JudgeModel) -> None:
            self.name, self.concurrency, self._inner = inner.name, inner.concurrency, inner

        def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
            heard.append(str(request.form))
            return self._inner.ask(request, deadline=deadline)

    make: Callable[[JudgeModel], JudgeModel] = Recorder
    judge = equipped(Bare(None, {"a": 1}), recorder=make)
    for _ in range(3):
        assert judge.ask(request()).call == {"a": 1}
    assert heard == ["tool"], "as judges ask, whatever the form in the end, and once"
    assert json.loads(json.dumps(judge.ask(request()).call)) == {"a": 1}
