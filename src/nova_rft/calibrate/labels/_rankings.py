"""Rankings taken apart into pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from nova_rft.calibrate.labels._cells import UnreadableCell

_TAKEN: Final = ("responses", "models", "judge", "judges")


def pairs_of(record: Mapping[str, Any], human: str) -> Iterator[dict[str, Any]]:
    """Every pair of a ranking's responses as a record of its own.

    `responses` is a list of texts; what people and judges said is a list of ranks, 1 for the best, equal
    ranks for a tie, one for each response; or, for several annotators, a list of such lists.

    Args:
        record: The ranking.
        human: The field that holds what people said.

    Raises:
        UnreadableCell: there are fewer than two responses, or ranks are none.
    """
    responses = record["responses"]
    if not isinstance(responses, list) or len(responses) < 2:
        raise UnreadableCell("responses", "should be a list of two responses or more")
    size = len(responses)
    models = record.get("models")
    people = _rankings(record.get(human), human, size)
    judges = {name: _judged(cell, size) for name, cell in _judges(record).items()}
    rest = {key: value for key, value in record.items() if key not in (*_TAKEN, human)}
    for a, b in combinations(range(size), 2):
        pair = {
            **rest,
            "id": f"{record.get('id', '')}[{a},{b}]",
            "response_a": responses[a],
            "response_b": responses[b],
            human: [_better(ranks, a, b) for ranks in people],
            "judges": {name: _better(ranks, a, b) for name, ranks in judges.items()},
        }
        if isinstance(models, list) and len(models) == size:
            pair |= {"model_a": models[a], "model_b": models[b]}
        yield pair


def _judged(cell: Any, size: int) -> Sequence[float] | None:
    """A judge's ranking; None where it could not be read."""
    try:
        return _ranks(cell, "judge", size)
    except UnreadableCell:
        return None


def _judges(record: Mapping[str, Any]) -> dict[str, Any]:
    others = record.get("judges")
    found = {str(k): v for k, v in others.items()} if isinstance(others, Mapping) else {}
    return {"judge": record["judge"], **found} if "judge" in record else found


def _rankings(cell: Any, path: str, size: int) -> list[Sequence[float] | None]:
    """Rankings of annotators, None for one who gave none."""
    if isinstance(cell, list) and any(isinstance(one, list) for one in cell):
        return [_ranks(one, f"{path}[{n}]", size) for n, one in enumerate(cell)]
    return [_ranks(cell, path, size)]


def _ranks(cell: Any, path: str, size: int) -> Sequence[float] | None:
    if cell is None:
        return None
    numbers = isinstance(cell, list) and all(
        isinstance(rank, int | float) and not isinstance(rank, bool) for rank in cell
    )
    if not numbers or len(cell) != size:
        raise UnreadableCell(path, f"should be {size} ranks, one for each response, 1 for the best")
    return [float(rank) for rank in cell]


def _better(ranks: Sequence[float] | None, a: int, b: int) -> str | None:
    if ranks is None:
        return None
    return "tie" if ranks[a] == ranks[b] else "a" if ranks[a] < ranks[b] else "b"
