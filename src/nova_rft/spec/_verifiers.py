"""What a spec says of verifiers: terms that prove something of a response, without a judge."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import ProjectFile, SpecModel, TermModel
from nova_rft.spec._measures import LanguageLook, LengthTerm


class VerifierTerm(TermModel):
    """Base of verifiers."""

    # Whether the term is told against the record's reference answer.
    needs_reference: ClassVar[bool] = False


class MathTerm(VerifierTerm):
    """Verifier: 1 when the response's final answer equals the reference's, else 0."""

    needs_reference = True

    type: Literal["math"] = Field(description="Mathematical equivalence of final answers.")
    timeout_s: float = Field(
        5.0, gt=0, le=60, description="Seconds that one comparison may compute before it is killed."
    )


class MatchTerm(VerifierTerm):
    """Verifier: 1 when the response's text is what it should be, else 0."""

    needs_reference = True

    type: Literal["match"] = Field(description="Exact text, contained text, or a pattern.")
    how: Literal["exact", "contains", "regex"] = Field(
        "exact",
        description=(
            "exact: equal to a reference, spaces and Unicode forms aside; contains: holds a reference "
            "as whole words; regex: `pattern` is found."
        ),
    )
    within: Literal["final_answer", "response"] = Field(
        "final_answer",
        description=(
            "Where it is looked for: final_answer (after the last `A:`, `Answer:` or `####`, in the "
            "last `\\boxed{}`, else the last line) or the whole response."
        ),
    )
    pattern: str | None = Field(
        None, min_length=1, description="Regular expression for how: regex."
    )
    ignore_case: bool = Field(True, description="Whether case counts for nothing.")

    @model_validator(mode="after")
    def _pattern_belongs(self) -> Self:
        if (self.how == "regex") != (self.pattern is not None):
            raise PydanticCustomError(
                "pattern", "pattern and how: regex belong together; write both or neither"
            )
        return self


class ChoiceTerm(VerifierTerm):
    """Verifier: 1 when the response chooses the reference's letter, else 0."""

    needs_reference = True

    type: Literal["choice"] = Field(description="The letter of a multiple choice.")
    letters: str = Field(
        "ABCD", pattern=r"^[A-Z]{2,26}$", description="The letters to choose from."
    )


class NumberTerm(VerifierTerm):
    """Verifier: 1 when the response's final number is the reference's, within a tolerance, else 0."""

    needs_reference = True

    type: Literal["number"] = Field(description="Numbers with tolerance and units.")
    tolerance: float = Field(0.0, ge=0, description="Largest difference, in the reference's unit.")
    relative: float = Field(
        0.0, ge=0, le=1, description="Largest difference as a share of the reference."
    )
    unit: str | None = Field(
        None,
        min_length=1,
        max_length=40,
        description=(
            "Unit of references that carry none, such as km/h. With it, or where a reference has a "
            "unit, the response needs one that converts to it (5000 m is 5 km)."
        ),
    )
    units: bool = Field(False, description="References carry units themselves.")


class JsonSchemaTerm(VerifierTerm):
    """Verifier: 1 when the response is JSON that a schema accepts, else 0."""

    type: Literal["json_schema"] = Field(description="JSON by a JSON Schema (Draft 2020-12).")
    json_schema: dict[str, Any] | None = Field(None, description="The schema.")
    file: ProjectFile | None = Field(None, description="Or the file that holds it.")
    where: Literal["whole", "fence"] = Field(
        "fence",
        description=(
            "whole: the response is JSON and nothing else; fence: the same, or one fenced block of it "
            "with any text around."
        ),
    )

    @model_validator(mode="after")
    def _one_schema(self) -> Self:
        if (self.json_schema is None) == (self.file is None):
            raise PydanticCustomError(
                "schema", "needs either json_schema or a file that holds one; write one of them"
            )
        return self


class TagsTerm(VerifierTerm):
    """Verifier: 1 when the response consists of the tags, each once and in order, else 0."""

    type: Literal["tags"] = Field(description="`<think>...</think><answer>...</answer>`.")
    tags: tuple[str, ...] = Field(
        ("think", "answer"), min_length=1, max_length=20, description="The tags, in their order."
    )
    outside: bool = Field(False, description="Whether text may stand outside the tags.")
    empty: bool = Field(False, description="Whether a tag may hold nothing.")


class RougeLTerm(VerifierTerm):
    """Verifier: ROUGE-L F-measure with the reference, 0 to 1; of several the best."""

    needs_reference = True

    type: Literal["rouge_l"] = Field(
        description="Longest common subsequence of words (Lin 2004), F-measure."
    )


class TokenF1Term(VerifierTerm):
    """Verifier: F1 of the words shared with the reference, 0 to 1; of several the best."""

    needs_reference = True

    type: Literal["token_f1"] = Field(
        description="Words in common as SQuAD counts them (arXiv 1606.05250)."
    )
    within: Literal["final_answer", "response"] = Field(
        "final_answer", description="What is compared: as for match."
    )


class LanguageTerm(LanguageLook, VerifierTerm):
    """Verifier: share of the response's letters that stand in text of the right language."""

    type: Literal["language"] = Field(description="Language of the response.")


class LengthWindowTerm(LengthTerm, VerifierTerm):
    """Verifier: 1 when the response's length lies in the window, ends included, else 0."""

    type: Literal["length_window"] = Field(description="Length between two bounds.")
    min_length: int = Field(0, ge=0, description="Shortest.")
    max_length: int = Field(gt=0, description="Longest.")

    @model_validator(mode="after")
    def _window_is_open(self) -> Self:
        if self.min_length > self.max_length:
            raise PydanticCustomError(
                "window",
                "min_length {low} is above max_length {high}; swap them",
                {"low": self.min_length, "high": self.max_length},
            )
        return self


class CitationsTerm(VerifierTerm):
    """Verifier: share of the response's quotations that occur in the source, 0 to 1."""

    type: Literal["citations"] = Field(description="Quotations that must occur in the source.")
    source: str = Field(
        "prompt", min_length=1, description="The prompt, or the record's field of this name."
    )
    pattern: str | None = Field(
        None,
        min_length=1,
        description="Regular expression whose first group is a citation; else text in quotation marks.",
    )
    min_citations: int = Field(1, ge=0, description="With fewer, each that lacks counts as wrong.")
    min_words: int = Field(
        3, ge=1, description="Shorter quotations are no citations: any source holds single words."
    )


class CodeLimits(SpecModel):
    """What one case of a program may use before it is ended."""

    time_s: float = Field(
        5.0, gt=0, le=60, description="Seconds, on the clock and of the processor."
    )
    memory_mb: int = Field(256, ge=64, le=4096, description="Address space.")
    output_kb: int = Field(64, ge=1, le=4096, description="What it may print.")


class CodeTerm(VerifierTerm):
    """Verifier: share of a record's cases that the response's Python program passes, 0 to 1."""

    type: Literal["code"] = Field(description="Unit tests or cases, run in a sandbox.")
    tests: str = Field(
        "tests",
        min_length=1,
        description=(
            "Field of the record: a text of Python asserts or a list of them, each run after the "
            "program; or a list of cases {input, output} (standard input and output) or "
            "{call, output} (an expression and its JSON value)."
        ),
    )
    all_or_nothing: bool = Field(False, description="1 only when every case passes.")
    limits: CodeLimits = Field(default_factory=CodeLimits, description="For each case.")
