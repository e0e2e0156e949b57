"""Criteria that a record brings itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nova_rft.spec import Criterion, RubricTerm, clashes, from_library, nothing_to_earn

_CRITERION: TypeAdapter[Criterion] = TypeAdapter(Criterion)


class UnreadableCriteria(ValueError):
    """A record's criteria that cannot be used, said in one sentence."""


def criteria_of(term: RubricTerm, fields: Mapping[str, Any]) -> tuple[Criterion, ...]:
    """The spec's criteria and the record's; of one name the record's holds.

    Args:
        term: The rubric.
        fields: The record's fields, as in a rollout's metadata.

    Raises:
        UnreadableCriteria: the record's cannot be read, or nothing could be earned by all of them.
    """
    given = None if term.record_criteria is None else fields.get(term.record_criteria)
    own = () if given is None else record_criteria(given)
    merged = {criterion.name: criterion for criterion in (*term.criteria, *own)}
    if not merged:
        raise UnreadableCriteria("neither the spec nor the record has a criterion")
    if nothing_to_earn(tuple(merged.values())):
        raise UnreadableCriteria("no criterion has a positive weight, so nothing can be earned")
    return tuple(merged.values())


def record_criteria(given: Any) -> tuple[Criterion, ...]:
    """Criteria of a record.

    Args:
        given: A list of names of the library, of criteria as the spec writes them, or of
            HealthBench's `{"criterion": text, "points": number}`; or a mapping of names to questions.

    Raises:
        UnreadableCriteria: it is nothing of that, or names clash.
    """
    if isinstance(given, Mapping):
        given = [{"name": name, "question": question} for name, question in given.items()]
    if not isinstance(given, list):
        raise UnreadableCriteria(
            "is neither a list of criteria nor a mapping of names to questions"
        )
    criteria = tuple(_one(entry, f"[{place}]") for place, entry in enumerate(given))
    twice = clashes(criteria)
    if twice:
        raise UnreadableCriteria(f"criteria share the name {', '.join(twice)}")
    return criteria


def _one(entry: Any, place: str) -> Criterion:
    if isinstance(entry, Mapping) and "points" in entry and "criterion" in entry:
        number = place.strip("[]")
        entry = {
            "name": entry.get("name", f"c{number}"),
            "question": f"Does this hold for the response: {entry['criterion']}",
            "weight": entry["points"],
        }
    try:
        return _CRITERION.validate_python(from_library(entry))
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in detail["loc"])
        raise UnreadableCriteria(f"{place}{'.' if where else ''}{where}: {detail['msg']}") from None
    except ValueError as error:
        # PydanticCustomError, raised outside a validator.
        raise UnreadableCriteria(f"{place}: {error}") from None
