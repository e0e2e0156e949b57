"""Verifiers on responses that pass, that fail, and that try to pass without being right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import UsageError
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward import Resources, build_term
from nova_rft.spec import JudgeModelSpec, RewardSpec

GERMAN = "Der Vertrag wurde gestern von beiden Seiten unterschrieben und gilt ab sofort."
ENGLISH = "The contract was signed by both parties yesterday and takes effect at once."


def no_models(spec: JudgeModelSpec) -> Any:
    raise AssertionError(f"no term here asks a model, but {spec} was asked for")


def told(
    response: str,
    reference: Any = None,
    *,
    prompt: str = "What is it?",
    folder: Path = Path(),
    fields: dict[str, Any] | None = None,
    **term: Any,
) -> Outcome:
    given = {"range": [0, 1], "terms": [{"name": "t", **term}]}
    (spec,) = RewardSpec.model_validate(given).terms
    made = build_term(spec, Resources(no_models, folder), [spec])
    rollout = Rollout("a", "g", (Message("user", prompt),), response, reference, fields or {})
    (outcome,) = made.score([rollout])
    return outcome


def value(*args: Any, **kwargs: Any) -> float:
    outcome = told(*args, **kwargs)
    assert isinstance(outcome, Score), outcome
    return outcome.value


def cause(*args: Any, **kwargs: Any) -> Cause:
    outcome = told(*args, **kwargs)
    assert isinstance(outcome, Abstention), outcome
    return outcome.cause


@pytest.mark.parametrize(
    ("response", "reference", "how", "expected"),
    [
        ("So it is\nA: Paris", "Paris", "exact", 1),
        ("So it is\nA:  PARIS ", "paris", "exact", 1),
        ("\\boxed{Paris}", "Paris", "exact", 1),
        ("Par\u00adis", "Paris", "exact", 1),
        ("It is Paris", "Paris", "exact", 0),
        ("A: London or Paris", "Paris", "exact", 0),
        ("A: It is Paris, of course", "Paris", "contains", 1),
        ("A: the Parisian way", "Paris", "contains", 0),
        ("A: New\nYork", "New York", "contains", 0),
        ("A: c++", "C++", "contains", 1),
        ("", "Paris", "exact", 0),
        ("A: Lyon", ["Paris", "Lyon"], "exact", 1),
        ("A: 72", {"ground_truth": "#### 72"}, "exact", 1),
    ],
)
def test_match(response: str, reference: Any, how: str, expected: float) -> None:
    assert value(response, reference, type="match", how=how) == expected


def test_match_minds_case_where_told() -> None:
    assert value("A: paris", "Paris", type="match", ignore_case=False) == 0
    assert value("A: in paris", "Paris", type="match", how="contains", ignore_case=False) == 0
    assert value("A: in Paris", "Paris", type="match", how="contains", ignore_case=False) == 1


def test_match_by_pattern() -> None:
    look = {"type": "match", "how": "regex", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    assert value("The day:\nA: 2026-11-23", **look) == 1
    assert value("A: yesterday", **look) == 0
    assert value("x 2026-11-23", **{**look, "within": "response"}) == 0


def test_a_pattern_that_a_response_makes_run_for_ever_is_a_miss() -> None:
    outcome = told(
        "a" * 60_000 + "!", type="match", how="regex", pattern="^(a|aa)+$", within="response"
    )
    assert isinstance(outcome, Score)
    assert outcome.value == 0
    assert "longer than 1 s" in outcome.details["problem"]


def test_a_pattern_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match=r"reward term t: the pattern '\(' cannot be read"):
        told("x", type="match", how="regex", pattern="(")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("B", 1),
        ("(B)", 1),
        ("**B**", 1),
        ("B) because it is", 1),
        ("Answer: b", 1),
        ("\\boxed{\\text{B}}", 1),
        ("I think the answer is B.", 1),
        ("Option (B) is right, the others are not", 1),
        ("A. is wrong\nAnswer: B", 1),
        ("A", 0),
        ("Answer: A or B", 0),
        ("Answer: ABCD", 0),
        ("A dog is no cat", 0),
        ("", 0),
        ("E", 0),
    ],
)
def test_choice(response: str, expected: float) -> None:
    assert value(response, "B", type="choice") == expected


def test_choice_wants_a_letter_as_reference() -> None:
    assert cause("B", "the second", type="choice") == Cause.UNREADABLE_REFERENCE
    assert cause("B", type="choice") == Cause.NO_REFERENCE


@pytest.mark.parametrize(
    ("response", "reference", "settings", "expected"),
    [
        ("It is 5", "5", {}, 1),
        ("A: 1,000.50", 1000.5, {}, 1),
        ("A: \u22123", "-3", {}, 1),
        ("A: 0.30000000000000004", "0.3", {}, 1),
        ("A: 5.2", "5", {"tolerance": 0.2}, 1),
        ("A: 5.21", "5", {"tolerance": 0.2}, 0),
        ("A: 98", "100", {"relative": 0.02}, 1),
        ("A: 97", "100", {"relative": 0.02}, 0),
        ("A: 1.5e3", "1500", {}, 1),
        ("5 or 6? A: 6", "5", {}, 0),
        ("no number", "5", {}, 0),
        ("A: 5000 m", "5 km", {"units": True}, 1),
        ("A: 5 m", "5 km", {"units": True}, 0),
        ("A: 5", "5 km", {"units": True}, 0),
        ("A: 5 s", "5 km", {"units": True}, 0),
        ("A: 36 km/h", "10", {"unit": "m/s"}, 1),
        ("A: 10 m/s in all", "10", {"unit": "m/s"}, 1),
        ("A: 10 meters per second", "10", {"unit": "m/s"}, 1),
        ("A: 20 \u00b0C", "293.15 K", {"units": True}, 1),
        ("A: 50%", "0.5", {"unit": "dimensionless"}, 1),
        ("A: 9 m\u00b2", "9", {"unit": "m^2"}, 1),
        ("A: 9 " + "m" * 5000, "9", {"unit": "m"}, 0),
        ("A: 9 m**999999999", "9", {"unit": "m"}, 0),
    ],
)
def test_number(response: str, reference: Any, settings: dict[str, Any], expected: float) -> None:
    assert value(response, reference, type="number", **settings) == expected


def test_number_wants_numbers_and_units_that_are_some() -> None:
    assert cause("5", "five", type="number") == Cause.UNREADABLE_REFERENCE
    assert cause("5 m", "5", type="number", units=True) == Cause.UNREADABLE_REFERENCE
    with pytest.raises(UsageError, match="'bananas' is no unit"):
        told("5", "5", type="number", unit="bananas")


SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"risk": {"enum": ["low", "high"]}},
        "required": ["risk"],
        "additionalProperties": False,
    },
    "minItems": 1,
}


@pytest.mark.parametrize(
    ("response", "where", "expected"),
    [
        ('[{"risk": "low"}]', "whole", 1),
        ('[{"risk": "low"}]', "fence", 1),
        ('Here:\n```json\n[{"risk": "high"}]\n```\nDone.', "fence", 1),
        ('Here:\n```json\n[{"risk": "high"}]\n```\nDone.', "whole", 0),
        ('```json\n[{"risk": "low"}]\n```\n```json\n[]\n```', "fence", 0),
        ('[{"risk": "none"}]', "whole", 0),
        ("[]", "whole", 0),
        ('[{"risk": "low"}] and more', "fence", 0),
        ('[{"risk": "high", "risk": "low"}]', "whole", 0),
        ('[{"risk": NaN}]', "whole", 0),
        ("[" * 100_000, "whole", 0),
        ("", "whole", 0),
    ],
)
def test_json_schema(response: str, where: str, expected: float) -> None:
    assert value(response, type="json_schema", json_schema=SCHEMA, where=where) == expected


def test_json_schema_says_what_is_wrong() -> None:
    outcome = told('[{"risk": "none"}]', type="json_schema", json_schema=SCHEMA)
    assert isinstance(outcome, Score)
    assert outcome.details["problems"][0].startswith("0/risk: ")


def test_schema_from_a_file_and_schemas_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "integer"}')
    assert value("5", type="json_schema", file="s.json", folder=tmp_path) == 1
    with pytest.raises(UsageError, match="no such schema file"):
        told("5", type="json_schema", file="other.json", folder=tmp_path)
    with pytest.raises(UsageError, match="no JSON Schema"):
        told("5", type="json_schema", json_schema={"type": "integr"})
    with pytest.raises(UsageError, match="no JSON Schema"):
        told("5", type="json_schema", json_schema={"$ref": "http://127.0.0.1:1/schema"})


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("<think>so</think><answer>5</answer>", 1),
        (" <think>\nso\n</think>\n<answer>5</answer>\n", 1),
        ("<answer>5</answer><think>so</think>", 0),
        ("<think>so</think><answer>5</answer><answer>6</answer>", 0),
        ("<think>so</think><answer>5</answer> and more", 0),
        ("<think></think><answer>5</answer>", 0),
        ("<think>so<answer>5</answer></think>", 0),
        ("<think>so</think>", 0),
        ("", 0),
    ],
)
def test_tags(response: str, expected: float) -> None:
    assert value(response, type="tags") == expected


def test_tags_may_have_text_outside_and_nothing_inside_where_told() -> None:
    assert value("Hm. <think></think><answer>5</answer>!", type="tags", outside=True) == 0
    assert value("<think></think>!<answer>5</answer>", type="tags", outside=True, empty=True) == 1


def test_rouge_l_by_hand() -> None:
    # "police ... the gunman" in common: 3 of 4 and of 4 words (Lin 2004, section 3.1).
    assert value("police kill the gunman", "police killed the gunman", type="rouge_l") == 0.75
    assert value("the gunman kill police", "police killed the gunman", type="rouge_l") == 0.5
    assert value("x", ["y", "x"], type="rouge_l") == 1
    assert value("", "y", type="rouge_l") == 0
    assert cause("x", type="rouge_l") == Cause.NO_REFERENCE


def test_token_f1_as_squad_counts() -> None:
    assert value("A: the Eiffel Tower", "Eiffel Tower!", type="token_f1") == 1
    assert value("A: Eiffel", "the Eiffel Tower", type="token_f1") == pytest.approx(2 / 3)
    assert value("A: tower tower tower", "tower", type="token_f1") == 0.5


def test_language_of_both_halves() -> None:
    assert value(ENGLISH, type="language", expected="en") == 1
    assert value(GERMAN, type="language", expected="en") == 0
    half = value(f"{ENGLISH} {GERMAN}", type="language", expected="en")
    assert half == pytest.approx(0.5, abs=0.06)
    assert value(GERMAN, prompt="Wann wurde der Vertrag unterschrieben?", type="language") == 1
    assert value("42", type="language", expected="en") == 1
    code = f"{ENGLISH}\n```python\nfor zeile in datei: print(zeile, 'und weiter so')\n```"
    assert value(code, type="language", expected="en") == 1
    assert cause("x", prompt="???", type="language") == Cause.NO_REFERENCE
    with pytest.raises(UsageError, match="ISO 639-1"):
        told("x", type="language", expected="en", among=["en", "xx"])


def test_length_window() -> None:
    look = {"type": "length_window", "min_length": 2, "max_length": 3}
    assert [value("w " * n, **look) for n in range(1, 5)] == [0, 1, 1, 0]
    assert value("four", **{**look, "unit": "characters"}) == 0


SOURCE = "The tenant shall pay the rent by the third day. The landlord keeps the roof in repair."


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ('It says "the tenant shall pay the rent" first.', 1),
        ("It says \u201cThe  landlord keeps the ROOF\u201d.", 1),
        ('"the tenant shall ... by the third day"', 1),
        ('"by the third day ... the tenant shall"', 0),
        ('"the tenant may leave at once"', 0),
        ('"the tenant shall pay the rent" and "the tenant may leave"', 0.5),
        ('"pay the rent by" ' * 9 + 'but "the tenant may leave"', 0.5),
        ('"the" "tenant" "rent"', 0),
        ("no citation at all", 0),
    ],
)
def test_citations(response: str, expected: float) -> None:
    assert value(response, prompt=SOURCE, type="citations") == expected


def test_citations_by_pattern_from_a_field() -> None:
    look: dict[str, Any] = {"type": "citations", "source": "contract", "pattern": r"\[\[(.+?)\]\]"}
    assert value("[[pay the rent]]", fields={"contract": SOURCE}, **look) == 1
    assert cause("[[pay the rent]]", **look) == Cause.NO_REFERENCE
    assert value("nothing", fields={"contract": SOURCE}, min_citations=0, **look) == 1
