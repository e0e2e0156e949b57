"""What a spec says of examples: responses that people judged, shown to the judge beside its criteria."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import Name, SpecModel
from nova_rft.spec._criteria import Criterion

# The one criterion that `aggregate: holistic` asks for.
OVERALL: Final = "overall"
OVERALL_LABELS: Final = tuple(str(number) for number in range(1, 11))


def _as_said(value: Any) -> Any:
    """Whole numbers and booleans as judges write them: in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


Said = Annotated[str, BeforeValidator(_as_said)]


class _Example(SpecModel):
    task: str = Field(description="What was asked.")
    reference: str | None = Field(None, description="The reference answer, where there was one.")
    reason: str = Field(
        "", max_length=2000, description="Why, or what people said of it as a whole."
    )


class RubricExample(_Example):
    """A response and what people said of it."""

    response: str = Field(description="What was answered.")
    verdicts: dict[Name, Said] = Field(
        default_factory=dict,
        description="By criterion people's verdict: yes, no, or a number of its scale.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.verdicts and not self.reason:
            raise PydanticCustomError(
                "example", "says nothing; give it verdicts, or a reason that says what people said"
            )
        return self


class PairExample(_Example):
    """Two responses and which of them people preferred."""

    first: str = Field(description="The response that is shown first.")
    second: str = Field(description="The other one.")
    verdict: Literal["first", "second", "tie"] = Field(description="Which one is better.")


def check_examples(
    examples: Sequence[RubricExample], criteria: Sequence[Criterion], *, holistic: bool
) -> None:
    """Refuses verdicts on what the judge is not asked, or in other words than it may use.

    Raises:
        PydanticCustomError: the first of them.
    """
    known: Mapping[str, Sequence[str]] = (
        {OVERALL: OVERALL_LABELS} if holistic else {c.name: tuple(c.labels) for c in criteria}
    )
    for place, name, said in _verdicts(examples):
        if said not in known.get(name, ()):
            allowed = known.get(name) or tuple(known)
            raise PydanticCustomError(
                "example_verdict",
                "examples[{place}] says {said} of {name}; {what} {allowed}",
                {
                    "place": place,
                    "said": said,
                    "name": name,
                    "what": "use" if name in known else "the judge is asked for",
                    "allowed": ", ".join(allowed) or "nothing of the spec's",
                },
            )


def _verdicts(examples: Sequence[RubricExample]) -> Iterator[tuple[int, str, str]]:
    for place, example in enumerate(examples):
        for name, said in example.verdicts.items():
            yield place, name, said
