"""The evaluation of a run: as much of it as one call has time for, kept in S3 for the next one.

evaluations/RUN/answers.jsonl     each answer of each model
verdicts.sqlite   each reply of a judge
spent.txt         what was paid
evaluation.json   what was found
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft.aws.folder import BucketFolder
from nova_rft.aws.storage import find
from nova_rft.errors import AwsRefused, BudgetSpent, FindingsError, JudgeUnavailable, NovaRftError

# Late, in the methods: NumPy and all that measures; most steps, and who only looks, need none of it.
if TYPE_CHECKING:
    from nova_rft.aws.session import Aws
    from nova_rft.evaluate import Evaluation
    from nova_rft.project import Evaluating, Project

_VERDICTS: Final = "verdicts.sqlite"
_KEPT: Final = ("answers.jsonl", _VERDICTS, "spent.txt")
_FOUND: Final = "evaluation.json"
# Seconds between two times that what came is written to S3: a function that is killed loses no more.
_WRITE_EVERY_S: Final = 5.0


class Stuck(NovaRftError):
    """Nothing was answered in all the time that there was; another try may do better."""


class Evaluations:
    """A run's evaluation, by its folder in S3 and a copy of it on this machine."""

    def __init__(self, aws: Aws, bucket: str, run: str, scratch: Path) -> None:
        """Reads nothing yet.

        Args:
            aws: The account and region.
            bucket: The output bucket.
            run: The run's name.
            scratch: A folder on this machine.
        """
        self._aws = aws
        self._there = BucketFolder(aws, bucket, f"evaluations/{run}/")
        self._here = scratch / "evaluations" / run
        # By file, how much of it is in S3: answers and payments are appended to, verdicts counted.
        self._written: dict[str, int] = {}

    @property
    def address(self) -> str:
        """Where it is kept."""
        return f"s3://{self._there.bucket}/{self._there.prefix}"

    def go_on(
        self, project: Project, deployment: str, *, until: float, budget: float | None
    ) -> Evaluation | None:
        """Asks what is missing, and says what was found; None where another call has to go on.

        Args:
            project: As it was packed.
            deployment: The ARN of the trained model's deployment.
            until: A `time.monotonic()` value past which nothing more is asked.
            budget: What all calls together may cost.

        Raises:
            FindingsError: it would cost more than the budget, or the budget is spent.
            Stuck: no model has answered anything.
            JudgeError: a model refuses.
            UsageError: records leak from training, or a price is missing.
        """
        from nova_rft.evaluate import OutOfTime

        self._read()
        before = dict(self._written)
        settled = project.evaluating(self._here, custom=deployment)
        if budget is not None and not before:
            _affordable(project, settled, budget)
        found: Evaluation | None = None
        with self._writing():
            try:
                found = project.evaluate(settled=settled, budget=budget, until=until)
            except BudgetSpent as spent:
                raise FindingsError(
                    f"{spent}; raise evaluation_budget, deploy and resume: what was answered is kept"
                ) from spent
            except (OutOfTime, JudgeUnavailable) as error:
                unanswered = error
        if self._written == before:
            if found is None:
                raise Stuck(str(unanswered)) from unanswered
        elif found is None or _waiting(settled):
            # What did not come this time may come the next; what never comes is told as missing.
            return None
        self._there.put(_FOUND, (self._here / _FOUND).read_bytes())
        return found

    def _read(self) -> None:
        """Makes the copy on this machine what S3 has: another call may have gone on elsewhere."""
        self._here.mkdir(parents=True, exist_ok=True)
        for stale in self._here.iterdir():
            stale.unlink()
        self._written = {}
        for name in _KEPT:
            body = find(self._aws, self._there.bucket, self._there.prefix + name)
            if body is not None:
                (self._here / name).write_bytes(body)
                self._written[name] = _amount(self._here / name)

    def _write(self) -> None:
        for name in _KEPT:
            file = self._here / name
            amount = _amount(file)
            if amount > self._written.get(name, 0):
                self._there.put(name, _snapshot(file) if name == _VERDICTS else file.read_bytes())
                self._written[name] = amount

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Writes what comes while it comes, and all of it in the end."""
        over = threading.Event()

        def now_and_then() -> None:
            while not over.wait(_WRITE_EVERY_S):
                # What could not be written now is written in the end, where a refusal counts.
                with suppress(AwsRefused):
                    self._write()

        writer = threading.Thread(target=now_and_then, daemon=True)
        writer.start()
        try:
            yield
        finally:
            over.set()
            writer.join()
            self._write()


def _amount(file: Path) -> int:
    """How much a file holds: its size, or the number of verdicts."""
    if not file.is_file():
        return 0
    if file.name != _VERDICTS:
        return file.stat().st_size
    with closing(sqlite3.connect(file)) as source:
        try:
            return int(source.execute("SELECT count(*) FROM replies").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # Just made.


def _snapshot(file: Path) -> bytes:
    """What an SQLite file holds at one moment, whoever writes to it."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        return copy.serialize()


def _waiting(settled: Evaluating) -> bool:
    """Whether an answer is missing."""
    sampling = settled.sampling
    return any(sampling.waiting(one) for one in sampling.contenders)


def _affordable(project: Project, settled: Evaluating, budget: float) -> None:
    """Refuses an evaluation that would cost too much, before anything is asked."""
    bill = project.evaluation_bill(settled)
    if bill.answers_most is None or bill.judges_about is None:
        raise FindingsError(
            "what the evaluation will cost is not known: add evaluation.prices, or take "
            "evaluation_budget out of the stage"
        )
    total = bill.answers_most + bill.judges_about
    if total > budget:
        raise FindingsError(
            f"the evaluation may cost {total:.2f}, which is more than evaluation_budget {budget:g}; "
            "ask fewer prompts (evaluation.prompts), or raise it"
        )
