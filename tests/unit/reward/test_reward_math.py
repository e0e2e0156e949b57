"""The verifier of mathematical answers: right on real rollouts, and hard to hurt."""

from __future__ import annotations

import gzip
import json
import os
import resource
import shutil
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft.data import Rollout
from nova_rft.reward import Abstention, Cause, Score, read_item
from nova_rft.reward.text.final_answer import last_number, marked_answer
from nova_rft.reward.verifiers._killable import KillableWorker, WorkerFailed, WorkerNotReady
from nova_rft.reward.verifiers.math import MathVerifier
from nova_rft.spec import MathTerm

from .rewards import rollout, soon

WORKER = "nova_rft.reward.verifiers._math_worker"


@pytest.fixture(scope="module")
def verifier() -> MathVerifier:
    """One for all tests, so that its process starts once."""
    return MathVerifier(MathTerm(name="math", type="math", timeout_s=1.0))


@pytest.fixture(scope="module")
def impatient() -> MathVerifier:
    """One whose answers may compute for half a second."""
    return MathVerifier(MathTerm(name="math", type="math", timeout_s=0.5))


def value(verifier: MathVerifier, response: str, reference: object) -> float:
    (result,) = verifier.score([rollout(response, reference)])
    assert isinstance(result, Score), result
    return result.value


def test_agrees_with_people_on_every_real_rollout(example: Path) -> None:
    with gzip.open(example / "data" / "rollouts.jsonl.gz", "rt") as stream:
        rows = [json.loads(line) for line in stream]
    rollouts = [read_item(row) for row in rows]
    assert len(rollouts) == 5276
    results = MathVerifier(MathTerm(name="math", type="math")).score(
        [one for one in rollouts if isinstance(one, Rollout)]
    )
    found = [result.value for result in results if isinstance(result, Score)]
    assert found == [float(row["is_correct"]) for row in rows]

    groups: dict[str, list[float]] = defaultdict(list)
    for one, reward in zip(rollouts, found, strict=True):
        assert isinstance(one, Rollout)
        groups[one.group].append(reward)
    assert len(groups) == 1319
    assert {len(rewards) for rewards in groups.values()} == {4}
    wrong = sum(max(rewards) == 0 for rewards in groups.values())
    right = sum(min(rewards) == 1 for rewards in groups.values())
    assert (wrong, right) == (432, 156)
    assert round((wrong + right) / len(groups), 4) == 0.4458


@pytest.mark.parametrize("name", ["train.jsonl", "validation.jsonl", "aws-train.jsonl"])
def test_the_reference_itself_scores_full_marks(
    verifier: MathVerifier, example: Path, name: str
) -> None:
    lines = (example / "data" / name).read_text().splitlines()
    references = [json.loads(line)["reference_answer"] for line in lines]
    results = verifier.score([rollout(str(text), text) for text in references])
    assert {result.value for result in results if isinstance(result, Score)} == {1.0}
    assert not any(isinstance(result, Abstention) for result in results)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("A: 18", "18"),
        ("so\nA: 18\n", "18"),
        ("Answer: 18", "18"),
        ("Final answer: 18", "18"),
        ("**Final Answer:** 18", "18"),
        ("**Answer**: 18", "18"),
        ("> answer: 18", "18"),
        ("#### 18", "18"),
        ("####18", "18"),
        ("so \\boxed{18}.", "18"),
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("\\boxed {18}", "18"),
        ("A: \\boxed{18}", "18"),
        ("A: 1\nA: 2", "2"),
        ("\\boxed{1} #### 2", "2"),
        ("#### 2 \\boxed{1}", "1"),
        ("\\boxed{1\\boxed{2}}", "2"),
        ("A: 5\nA:", "5"),
        ("\\boxed{} A", None),
        ("\\boxed{18", None),
        ("A: 7\n\\boxed{18", "7"),
        ("\\boxed{3} and }}} \\boxed{{4}", "3"),
        ("He said A: 5", None),
        ("18", None),
        ("", None),
    ],
)
def test_the_last_marker_wins(text: str, answer: str | None) -> None:
    assert marked_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3 eggs, then 18.", "18"),
        ("she pays $1,234.50 now", "$1,234.50"),
        ("-3", "-3"),
        ("about .5", ".5"),
        ("1/2 of it", "1/2"),
        ("50% off", "50%"),
        ("none", None),
    ],
)
def test_the_last_number(text: str, number: str | None) -> None:
    assert last_number(text) == number


@pytest.mark.parametrize("hostile", ["\\boxed{" * 8000, "\\boxed{" * 8000 + "}" * 8000])
def test_many_openings_do_not_take_quadratic_time(hostile: str) -> None:
    started = time.thread_time()
    marked_answer(hostile)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    ("response", "reference"),
    [
        ("A: 18", "18"),
        ("A: $18.00", "18"),
        ("A: 18.", "18"),
        ("A: 1,234", "1234"),
        ("A: +4", "4"),
        ("A: -0", "0"),
        ("A: 18 dollars", "18"),
        ("it is 42.", "42"),
        ("so 3 + 4 = 7", 7),
        ("A: 18", "She has 20 - 2 = <<20-2=18>>18.\n#### 18"),
        ("A: 18", {"ground_truth": "18"}),
        ("A: 1/2", "0.5"),
        ("A: 2/4", "1/2"),
        ("A: 0.333333", "1/3"),
        (r"\boxed{\frac{1}{2}}", "0.5"),
        (r"A: $\frac12$", "1/2"),
        (r"A: \sqrt{4}", "2"),
        ("A: 50%", "0.5"),
        ("A: 50%", "1/2"),
        ("A: x + 1", "1 + x"),
        ("A: x=3", "3"),
        ("A: 1 + 7y", "7y + 1"),
        ("A: 2x", "2x"),
        (r"\boxed{3y + 2x = 6}", "2x + 3y = 6"),
        ("A: 1e5", "100000"),
        ("A: 12 km", "12"),
        ("A: 5m", "5"),
        ("A: (x+1)^2", "x^2+2x+1"),
        (r"\boxed{(x+1)^2}", "$x^2+2x+1$"),
        (r"A: \{1,2\}", r"\{2,1\}"),
    ],
)
def test_equal(verifier: MathVerifier, response: str, reference: object) -> None:
    assert value(verifier, response, reference) == 1.0


@pytest.mark.parametrize(
    ("response", "reference"),
    [
        ("A: 19", "18"),
        ("A: -18", "18"),
        ("A: 18000", "18"),
        ("A: 18.00001", "18"),
        ("A: 1/3", "1/2"),
        (r"\boxed{\frac{1}{3}}", "0.5"),
        ("A: x + 2", "1 + x"),
        ("A: (1,2)", "(2,1)"),
        # The number beside a letter is not the answer.
        ("A: 1", "7y + 1"),
        ("A: 2", "2x"),
        ("A: 6", "2x + 3y = 6"),
        ("A: 1", "1e5"),
        ("A: 10^{39}+1", "1000000000000000000000000000000000000000"),
        ("18 is wrong, so 19", "18"),
        ("I do not know.", "18"),
        ("", "18"),
        (" ", "x + 1"),
        ("A: " + "1" * 3000, "18"),
        # Master keys: what wins from many judges must not win here.
        ("Solution", "18"),
        ("Let's solve this problem step by step.", "18"),
        (":", "18"),
    ],
)
def test_not_equal(verifier: MathVerifier, response: str, reference: object) -> None:
    assert value(verifier, response, reference) == 0.0


@pytest.mark.parametrize("reference", [None, "", {}, {"other": 1}])
def test_no_reference_is_an_abstention(verifier: MathVerifier, reference: object) -> None:
    (result,) = verifier.score([rollout("A: 4", reference)])
    assert result == Abstention(Cause.NO_REFERENCE, "the record has no reference answer")


def test_a_reference_that_is_no_expression_is_an_abstention(verifier: MathVerifier) -> None:
    bad, good = verifier.score([rollout("A: 4", "$$"), rollout("A: x + 1", "1 + x")])
    assert isinstance(bad, Abstention)
    assert bad.cause is Cause.UNREADABLE_REFERENCE
    assert isinstance(good, Score)
    assert good.value == 1.0


@pytest.mark.parametrize(
    "hostile",
    [
        "A: 9**9**9**9**9",
        "A: " + "(" * 900 + "1" + ")" * 900,
        "A: " + "\\frac{" * 150,
        "A: 2^{1000000000}",
        "A: factorial(factorial(factorial(20)))",
        "A: x**1000000000000",
    ],
)
def test_a_hostile_expression_is_wrong_in_time_and_the_next_answer_works(
    impatient: MathVerifier, hostile: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    bad, good = impatient.score([rollout(hostile, "18/5"), rollout("A: 1 + 7y", "7y + 1")])
    took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert isinstance(bad, Score), bad
    assert bad.value == 0.0
    assert isinstance(good, Score)
    assert good.value == 1.0
    assert took < 6, "of a processor: the start of the process that was killed, and the limit"


def test_many_hostile_expressions_stop_at_the_deadline() -> None:
    verifier = MathVerifier(MathTerm(name="math", type="math", timeout_s=5))
    hostile = [rollout(f"A: 9**9**9**9**{n}", "18/5") for n in range(3, 11)]
    started = time.monotonic()
    results = verifier.score([*hostile, rollout("A: 4", "4")], deadline=soon(1.5))
    assert time.monotonic() - started < 4
    assert results[-1] == Score(1.0, {"answer": "4", "reference": "4"})
    causes = [getattr(result, "cause", result) for result in results[:-1]]
    assert causes == [Cause.DEADLINE] * 8, "cut off by the clock is not wrong"


def test_a_machine_that_cannot_compare_makes_nobody_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    broken = MathVerifier(MathTerm(name="math", type="math"))
    hard, easy = broken.score([rollout("A: x + 1", "1 + x"), rollout("A: 4", "4")])
    assert isinstance(hard, Abstention)
    assert hard.cause is Cause.TERM_FAILED
    assert isinstance(easy, Score)


@pytest.mark.parametrize(
    "attempt",
    [
        "__import__('pathlib').Path('{file}').touch()",
        "(lambda x: open('{file}', 'w'))(1) + 1",
        "\\text{{__import__('os').system('touch {file}')}} + x",
        "x.__class__.__mro__[-1].__subclasses__()",
        "eval(\"open('{file}', 'w')\") + x",
        "$open('{file}', 'w')$",
    ],
)
def test_no_answer_is_executed(verifier: MathVerifier, tmp_path: Path, attempt: str) -> None:
    file = tmp_path / "pwned"
    code = attempt.format(file=file)
    for response in (f"A: {code}", f"\\boxed{{{code}}}"):
        assert value(verifier, response, "x + 1") == 0.0
    assert not file.exists()


def test_plain_numbers_need_no_process() -> None:
    """The import of math-verify is half a second that most rewards never need."""
    quick = MathVerifier(MathTerm(name="math", type="math"))
    results = quick.score([rollout("A: 4", "4"), rollout("A: 5", "4.0")], deadline=0.0)
    assert [result.value for result in results if isinstance(result, Score)] == [1.0, 0.0]


def test_many_answers_at_once_keep_their_order(verifier: MathVerifier) -> None:
    items = [rollout(f"A: x + {n}", f"{n if n % 3 else 0} + x") for n in range(1, 13)]
    results = verifier.score(items)
    assert [r.value for r in results if isinstance(r, Score)] == [1.0, 1.0, 0.0] * 4


def test_two_threads_share_a_verifier(verifier: MathVerifier) -> None:
    """A Lambda handles one event at a time, a notebook may not."""
    found: dict[int, float] = {}

    def work(n: int) -> None:
        found[n] = value(verifier, f"A: x + {n}", f"{n} + x")

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {1: 1.0, 2: 1.0}


@pytest.fixture
def worker() -> Iterator[KillableWorker]:
    child = KillableWorker(WORKER)
    yield child
    child.close()


def test_worker_is_killed_and_starts_again(worker: KillableWorker) -> None:
    question = {"gold": "x", "answer": "x"}
    assert worker.ask(question, timeout_s=5) == {"right": True}
    with pytest.raises(WorkerFailed, match=r"took longer than 0\.3 s"):
        worker.ask({"gold": "18/5", "answer": "9**9**9**9**9"}, timeout_s=0.3)
    assert worker.ask(question, timeout_s=5) == {"right": True}


def test_a_worker_that_gets_no_processor_makes_nobody_wrong(worker: KillableWorker) -> None:
    question = {"gold": "x", "answer": "x"}
    worker.ask(question, timeout_s=5)
    assert worker._child is not None
    worker._child.send_signal(signal.SIGSTOP)
    with pytest.raises(WorkerNotReady, match=r"no answer in 1 s: this machine is too busy"):
        worker.ask(question, timeout_s=0.1)
    assert worker.ask(question, timeout_s=5) == {"right": True}


def test_worker_that_died_unasked_is_replaced(worker: KillableWorker) -> None:
    question = {"gold": "x", "answer": "x"}
    worker.ask(question, timeout_s=5)
    child = worker._child
    assert child is not None
    child.kill()
    child.wait()
    assert worker.ask(question, timeout_s=5) == {"right": True}


def test_worker_that_does_not_come_up_is_nobodys_wrong_answer() -> None:
    with pytest.raises(WorkerNotReady, match="did not start"):
        KillableWorker("nova_rft.no_such_module").ask({}, timeout_s=1)


def test_worker_that_is_not_up_by_the_deadline(worker: KillableWorker) -> None:
    with pytest.raises(WorkerNotReady):
        worker.ask({"gold": "x", "answer": "x"}, timeout_s=5, deadline=soon(0.01))


def test_the_process_sees_no_secrets(
    monkeypatch: pytest.MonkeyPatch, worker: KillableWorker
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    worker.ask({"gold": "x", "answer": "x"}, timeout_s=5)
    assert worker._child is not None
    environment = Path(f"/proc/{worker._child.pid}/environ")
    if not environment.exists():
        pytest.skip("no /proc here")
    assert b"secret" not in environment.read_bytes()
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "secret"


def test_a_heading_is_no_final_answer() -> None:
    assert marked_answer("#### Step 3: add them\nThat makes 42.") is None
    assert marked_answer("#### Step 3\n#### 42") == "42"
