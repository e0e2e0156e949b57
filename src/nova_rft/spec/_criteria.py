"""What a spec says of criteria: a question with its kind, weight and gate, own or from the library."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import Name, SpecModel
from nova_rft.spec._library import CRITERIA

# The term's own metrics bear these names beside those of its criteria.
RESERVED: Final = ("raw", "clipped", "weighted", "abstained", "judged")


def _whole(key: Any) -> Any:
    # JSON has text keys alone.
    return int(key) if isinstance(key, str) and key.lstrip("-").isdecimal() else key


Anchor = Annotated[int, BeforeValidator(_whole)]


class Criterion(SpecModel):
    """One thing that a response is judged by: own words, or `use: NAME` for one of the library."""

    name: Name = Field(description="Short name: letters, digits, `_` and `-`.")
    question: str = Field(
        min_length=3,
        max_length=2000,
        description="A question about the response: yes or no, or how far, for a scale.",
    )
    kind: Literal["boolean", "scale"] = Field(
        "boolean",
        description="boolean: met or not, which agrees best with people; scale: described anchors.",
    )
    anchors: dict[Anchor, str] = Field(
        default_factory=dict,
        description=(
            "For a scale: what its numbers mean, at least the lowest and the highest; the judge may "
            "give any whole number between. The lowest counts 0, the highest 1."
        ),
    )
    evidence: str = Field(
        "the words of the response that decide it",
        min_length=3,
        max_length=500,
        description="What the judge must quote before its verdict.",
    )
    weight: float = Field(
        1.0,
        ge=-100,
        le=100,
        description="Share in the term's value; negative for a pitfall that costs when it is met.",
    )
    gate: bool | int = Field(
        False,
        description=(
            "Failing it puts the whole reward at its floor. true: it must be met (a pitfall: must "
            "not be; a scale: must have its highest number); a number: the least that passes on a scale."
        ),
    )

    @property
    def low(self) -> int:
        """The least number of the scale; 0 for a boolean."""
        return min(self.anchors, default=0)

    @property
    def high(self) -> int:
        """The greatest number of the scale; 1 for a boolean."""
        return max(self.anchors, default=1)

    @property
    def labels(self) -> dict[str, float]:
        """The verdicts that there are, as the judge writes them, and what share of 1 each counts."""
        if self.kind == "boolean":
            return {"no": 0.0, "yes": 1.0}
        low, high = self.low, self.high
        return {str(n): (n - low) / (high - low) for n in range(low, high + 1)}

    def passes(self, share: float) -> bool:
        """Whether a verdict that counts `share` of 1 passes the gate; all do where there is none."""
        if self.gate is False:
            return True
        if self.gate is True:
            return share == (0.0 if self.weight < 0 else 1.0)
        return share >= (self.gate - self.low) / (self.high - self.low)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problem = _scale_problem(self) if self.kind == "scale" else _boolean_problem(self)
        if self.name in RESERVED:
            problem = f"may not be named {self.name}: the term has a metric of that name"
        if problem:
            raise PydanticCustomError(
                "criterion",
                "criterion {name}: {problem}",
                {"name": self.name, "problem": problem},
            )
        return self


def _scale_problem(criterion: Criterion) -> str:
    if len(criterion.anchors) < 2:
        return (
            "a scale needs anchors for its lowest and its highest number, such as {1: ..., 5: ...}"
        )
    if criterion.high - criterion.low > 100:
        return "a scale of more than 101 numbers; nobody can tell them apart, use 1 to 5"
    gate = criterion.gate
    if not isinstance(gate, bool) and criterion.weight < 0:
        return "a pitfall's gate is true: a number would not say on which side it passes"
    if not isinstance(gate, bool) and not criterion.low < gate <= criterion.high:
        return f"gate {gate} must lie above {criterion.low} and be at most {criterion.high}"
    return ""


def _boolean_problem(criterion: Criterion) -> str:
    if criterion.anchors:
        return "anchors belong to a scale; write kind: scale"
    if not isinstance(criterion.gate, bool):
        return f"gate {criterion.gate} is for a scale; a boolean's gate is true or false"
    return ""


def from_library(given: Any) -> Any:
    """Puts the library's criterion in the place of its name, or of `use: NAME` with own changes."""
    if isinstance(given, str):
        given = {"use": given}
    if not isinstance(given, Mapping) or "use" not in given:
        return given
    own = {key: value for key, value in given.items() if key != "use"}
    name = given["use"]
    if not isinstance(name, str) or name not in CRITERIA:
        raise PydanticCustomError(
            "library",
            "{name} is no criterion of the library; use one of {known}, or write name and question",
            {"name": str(name), "known": ", ".join(CRITERIA)},
        )
    return {"name": name, **CRITERIA[name], **own}


AnyCriterion = Annotated[Criterion, BeforeValidator(from_library, json_schema_input_type=Any)]


def clashes(criteria: Sequence[Criterion]) -> list[str]:
    """Names that more than one criterion has."""
    names = [criterion.name for criterion in criteria]
    return sorted({name for name in names if names.count(name) > 1})


def nothing_to_earn(criteria: Sequence[Criterion]) -> bool:
    """Whether there are criteria and no weight among them is positive."""
    return bool(criteria) and all(criterion.weight <= 0 for criterion in criteria)
