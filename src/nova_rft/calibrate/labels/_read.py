"""Reading a file of labels: every row or every problem with its place, nothing skipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from nova_rft.calibrate.labels._cells import (
    UnreadableCell,
    judge_said,
    metric,
    people_said,
)
from nova_rft.calibrate.labels._rankings import pairs_of
from nova_rft.calibrate.labels._row import Label, Labels, Row, Said
from nova_rft.calibrate.labels._tables import nested, with_numbers
from nova_rft.data import MalformedMessages, Message, loads, read_messages, record_source
from nova_rft.data.source import Unread, suffix_of
from nova_rft.errors import FindingsError

_SHOWN: Final = 10
_OWN: Final = frozenset(
    ("id", "group", "prompt", "response", "response_a", "response_b", "judge", "judges", "metrics",
     "model", "model_a", "model_b", "reference_answer", "metadata")
)  # fmt: skip
_TABLES: Final = (".csv", ".tsv")
_JUDGE: Final = "judge"


class BadLabels(FindingsError):
    """A file of labels that cannot be used; the message names the first places."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which fields hold what.

    Attributes:
        human: What people said; several where each annotator has a field of their own.
        metrics: Metrics of production, beside those under `metrics`.
    """

    human: tuple[str, ...] = ("human",)
    metrics: tuple[str, ...] = ()


def read_labels(
    path: str | Path, columns: Columns | None = None, *, recorded: bool = False
) -> Labels:
    """Reads a file of labels: JSON Lines, a JSON array, CSV, TSV or Parquet, compressed or not.

    Args:
        path: The file.
        columns: Which fields hold what.
        recorded: Whether each row must bring what a judge said.

    Raises:
        UsageError: the file is missing or cannot be read.
        BadLabels: a row is no label, or rows do not go together.
    """
    reader = _Reader(str(path), columns or Columns(), recorded)
    for line, raw in record_source(path)():
        if isinstance(raw, Unread):
            reader.problem(line, "", raw.what)
        elif not raw.isspace():
            reader.take(line, raw)
    return reader.labels()


class _Reader:
    """Rows so far, and what is wrong so far."""

    def __init__(self, file: str, columns: Columns, recorded: bool) -> None:
        self._file = file
        self._columns = columns
        self._recorded = recorded
        self._table = suffix_of(file) in _TABLES
        # What is null in a row of Parquet is not there.
        self._gaps = suffix_of(file) == ".parquet"
        self._rows: list[Row] = []
        self._problems: list[str] = []
        self._ranked = False
        # What the field `judge` names as its model; the judge's name, where it is always the same.
        self._models: set[str] = set()

    def problem(self, line: int, path: str, what: str) -> None:
        """Notes what is wrong with a line."""
        self._problems.append(f"{self._file}:{line}: {path + ': ' if path else ''}{what}")

    def take(self, line: int, raw: bytes) -> None:
        """Takes one record."""
        try:
            record = loads(raw.removeprefix(b"\xef\xbb\xbf") if line == 1 else raw)
        except (ValueError, RecursionError) as error:
            self.problem(line, "", f"not JSON: {error}")
            return
        if not isinstance(record, dict):
            self.problem(line, "", "should be an object with prompt, response and human")
            return
        if "messages" in record and "prompt" not in record:
            # One sentence for the whole file, and not one for each of its lines.
            raise BadLabels(
                f"{self._file}:{line}: a rollout, about which nobody has said anything; have people "
                f"label it first: nova-rft label {self._file} --out labels.jsonl"
            )
        if self._gaps:
            record = {**dict.fromkeys(self._columns.human), **record}
        try:
            for one in self._records(nested(record) if self._table else record):
                self._rows.append(self._row(line, one))
        except UnreadableCell as problem:
            self.problem(line, problem.path, str(problem))
        except MalformedMessages as problem:
            self.problem(line, problem.path, str(problem))

    def _records(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "responses" not in record:
            yield record
            return
        self._ranked = True
        yield from pairs_of(record, self._columns.human[0])

    def _row(self, line: int, record: Mapping[str, Any]) -> Row:
        prompt = _prompt(record.get("prompt"))
        responses = _responses(record)
        pair = len(responses) == 2
        names = ("model_a", "model_b") if pair else ("model",)
        models = tuple(str(record.get(name) or "") for name in names)
        inner = record.get("metadata")
        rest = {k: v for k, v in record.items() if k not in _OWN and k not in self._columns.human}
        key = record.get("group")
        return Row(
            line=line,
            id=str(record.get("id", line)),
            prompt=prompt,
            group="\n\n".join(turn.text for turn in prompt) if key is None else str(key),
            responses=responses,
            human=self._human(record, pair=pair),
            said=self._said(record, pair=pair),
            metrics=self._metrics(record),
            models=models if any(models) else (),
            reference=record.get("reference_answer"),
            fields={**(inner if isinstance(inner, dict) else {}), **rest},
        )

    def _human(
        self, record: Mapping[str, Any], *, pair: bool
    ) -> dict[str, tuple[Label | None, ...]]:
        names = self._columns.human
        absent = [name for name in names if name not in record]
        if absent:
            raise UnreadableCell(
                absent[0], "is missing; say what people said, or name its field with --human"
            )
        if len(names) == 1:
            cell = record[names[0]]
            return people_said(None if cell == "" else cell, names[0], pair=pair)
        cells = [None if record[name] == "" else record[name] for name in names]
        return people_said(cells, "human", pair=pair)

    def _said(self, record: Mapping[str, Any], *, pair: bool) -> dict[str, Said]:
        found = {}
        if "judge" in record:
            cell = record["judge"]
            named = cell.get("model") if isinstance(cell, Mapping) else None
            self._models.add(str(named or _JUDGE))
            found[_JUDGE] = judge_said(None if cell == "" else cell, pair=pair)
        others = record.get("judges")
        for name, cell in others.items() if isinstance(others, Mapping) else ():
            found[str(name)] = judge_said(cell, pair=pair)
        if self._recorded and not found:
            raise UnreadableCell(
                "judge", "is missing; there is no verdict to replay (null: it could not be read)"
            )
        return found

    def _metrics(self, record: Mapping[str, Any]) -> dict[str, float]:
        inner = record.get("metrics")
        cells = dict(inner) if isinstance(inner, Mapping) else {}
        cells |= {name: record.get(name) for name in self._columns.metrics}
        found = {str(name): metric(cell, str(name)) for name, cell in cells.items()}
        return {name: value for name, value in found.items() if value is not None}

    def labels(self) -> Labels:
        """The whole file.

        Raises:
            BadLabels: something was wrong.
        """
        kinds = {len(row.responses): row.line for row in self._rows}
        if len(kinds) > 1:
            self.problem(
                max(kinds.values()), "", "pairs and single responses in one file; keep them apart"
            )
        rows = with_numbers(self._rows) if self._table else self._rows
        if len(self._models) == 1:
            (name,) = self._models
            rows = [replace(row, said=_renamed(row.said, name)) for row in rows]
        numeric = self._numeric(rows)
        if not rows and not self._problems:
            raise BadLabels(f"{self._file}: holds no labels")
        if self._problems:
            more = len(self._problems) - _SHOWN
            said = [*self._problems[:_SHOWN], *([f"... and {more:,} more"] if more > 0 else [])]
            raise BadLabels("\n".join(said))
        kind = "pairs" if 2 in kinds else "responses"
        return Labels(self._file, kind, tuple(rows), numeric, self._ranked)  # type: ignore[arg-type] # one of two words

    def _numeric(self, rows: Sequence[Row]) -> dict[str, bool]:
        """By criterion whether its labels are numbers; one that has both is a problem."""
        found: dict[str, bool] = {}
        for row in rows:
            for name, labels in row.human.items():
                for label in labels:
                    if label is None:
                        continue
                    number = isinstance(label, float)
                    if found.setdefault(name, number) != number:
                        path = f"human.{name}" if name else "human"
                        self.problem(
                            row.line, path, "numbers and words in one file; use one of them"
                        )
                        return found
        # Criteria that nobody labelled are there all the same, with nothing in them.
        return {name: found.get(name, False) for row in rows for name in row.human}


def _renamed(said: Mapping[str, Said], name: str) -> dict[str, Said]:
    return {name if judge == _JUDGE else judge: one for judge, one in said.items()}


def _prompt(given: Any) -> tuple[Message, ...]:
    if isinstance(given, list):
        return read_messages(given)
    if isinstance(given, str):
        return (Message("user", given),)
    raise UnreadableCell("prompt", "should be a text or a list of turns")


def _responses(record: Mapping[str, Any]) -> tuple[str, ...]:
    if "response_a" in record or "response_b" in record:
        return _text(record, "response_a"), _text(record, "response_b")
    return (_text(record, "response"),)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        # A response of one word, such as True, that some writer took for a value.
        return str(value)
    raise UnreadableCell(name, "should be a text")
