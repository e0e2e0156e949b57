"""A judge's words in a spec's text: what is changed is changed, and nothing else is."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.errors import UsageError
from nova_rft.spec import (
    JuryTerm,
    PairExample,
    PreferenceTerm,
    RubricExample,
    RubricTerm,
    parse,
    rewrite_judge,
)
from nova_rft.spec._merge import merged

TEXT = """\
# Every layout that people write.
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: t.jsonl,
       validation: v.jsonl}
reward:
  range: [0, 1]
  terms:
    - name: quality   # the judge
      type: rubric
      model: {provider: scripted}
      criteria:
        - accuracy                       # from the library
        - {use: tone, weight: 0.5}       # own weight
        - use: safety  # here

        # a comment on cites
        - name: cites
          question: Does the response name the
            paragraph it relies on?
        - name: invents
          question: >
            Does the response state
            a rule?
          weight: -2                     # a pitfall
        - name: clarity
          question: "How easily?"
          kind: scale
          anchors: {1: a lawyer must explain it, 5: clear at once}

    # next term
    - name: pref
      type: preference
      model: {provider: scripted}
    - name: jury
      type: jury
      judges:
      - name: one
        type: rubric
        model: {provider: scripted}
        criteria: [tone, relevance]
      - {name: two, type: preference, model: {provider: scripted}}
"""


def rubric() -> RubricTerm:
    term = parse(TEXT).required_reward.terms[0]
    assert isinstance(term, RubricTerm)
    return term


def preference() -> PreferenceTerm:
    term = parse(TEXT).required_reward.terms[1]
    assert isinstance(term, PreferenceTerm)
    return term


def jurors() -> tuple[Any, ...]:
    term = parse(TEXT).required_reward.terms[2]
    assert isinstance(term, JuryTerm)
    return term.judges


def asking(term: RubricTerm, *places: int) -> RubricTerm:
    """The judge with other words for some of its criteria."""
    criteria = [
        one.model_copy(
            update={
                "question": f"Is {one.name} so: yes?",
                "anchors": {number: f"new {means}" for number, means in one.anchors.items()},
            }
        )
        if place in places
        else one
        for place, one in enumerate(term.criteria)
    ]
    return term.model_copy(update={"criteria": tuple(criteria)})


def changed_lines(written: str) -> list[str]:
    lines = difflib.ndiff(TEXT.splitlines(), written.splitlines())
    return [line for line in lines if line.startswith(("+ ", "- "))]


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        (
            1,
            [
                "-         - {use: tone, weight: 0.5}       # own weight",
                "+         - {use: tone, weight: 0.5, question: 'Is tone so: yes?'} # own weight",
            ],
        ),
        # The comment below belongs to what follows, so the new key stands before.
        (
            2,
            [
                "-         - use: safety  # here",
                "+         - question: 'Is safety so: yes?'",
                "+           use: safety  # here",
            ],
        ),
        (
            3,
            [
                "-           question: Does the response name the",
                "-             paragraph it relies on?",
                "+           question: 'Is cites so: yes?'",
            ],
        ),
        (
            5,
            [
                '-           question: "How easily?"',
                '+           question: "Is clarity so: yes?"',
                "-           anchors: {1: a lawyer must explain it, 5: clear at once}",
                "+           anchors: {1: new a lawyer must explain it, 5: new clear at once}",
            ],
        ),
    ],
)
def test_a_criterions_lines_alone_are_changed(place: int, lines: list[str]) -> None:
    written = rewrite_judge(TEXT, "quality", asking(rubric(), place))
    assert sorted(changed_lines(written)) == sorted(lines)


def test_a_name_of_the_library_becomes_a_mapping_and_keeps_its_comment() -> None:
    lines = changed_lines(rewrite_judge(TEXT, "quality", asking(rubric(), 0)))
    assert lines[0] == "-         - accuracy                       # from the library"
    assert "+         - use: accuracy                  # from the library" in lines
    assert "+             5: new every statement is right" in lines


def test_all_at_once_keeps_every_comment() -> None:
    judge = asking(rubric(), *range(6)).model_copy(update={"guidance": "One.\nTwo: # 2\n"})
    written = rewrite_judge(TEXT, "quality", judge)
    comments = [line.partition("#")[2] for line in TEXT.splitlines() if "#" in line]
    assert len(comments) == 8
    assert all(f"#{comment}" in written for comment in comments)
    assert "      guidance: |\n        One.\n        Two: # 2\n" in written
    assert written.startswith(TEXT[: TEXT.index("      criteria")])


def test_what_is_not_changed_comes_back_to_the_letter() -> None:
    assert rewrite_judge(TEXT, "quality", rubric()) == TEXT


@pytest.mark.parametrize("place", [0, 1])
def test_a_juror_is_changed_in_its_place(place: int) -> None:
    juror = jurors()[place].model_copy(update={"guidance": "Be kind."})
    written = rewrite_judge(TEXT, f"jury.{juror.name}", juror)
    term = parse(written).required_reward.terms[2]
    assert isinstance(term, JuryTerm)
    told = [getattr(one, "guidance", None) for one in term.judges]
    assert told == ["Be kind." if n == place else "" for n in range(2)]
    head = TEXT.index("- name: jury")
    assert written[:head] == TEXT[:head]


def test_examples_are_written_so_that_they_can_be_read() -> None:
    example = RubricExample(
        task="Say\n hi.", response="R: {x}", verdicts={"tone": "no", "clarity": "3"}
    )
    judge = rubric().model_copy(update={"examples": (example,)})
    lines = changed_lines(rewrite_judge(TEXT, "quality", judge))
    assert lines == [
        "+       examples:",
        "+         - task: |-",
        "+             Say",
        "+              hi.",
        "+           response: 'R: {x}'",
        '+           verdicts: {tone: "no", clarity: "3"}',
    ]


SHORT = """\
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: t.jsonl}
reward:
  range: [0, 1]
  terms:
    - {name: pref, type: preference, model: {provider: scripted}}
"""


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["first", "tie"]))
def test_any_text_comes_back_as_it_was(one: str, other: str, verdict: Any) -> None:
    example = PairExample(task=one, first=other, second="b", verdict=verdict)
    judge = preference().model_copy(update={"examples": (example,)})
    written = rewrite_judge(SHORT, "pref", judge)
    assert parse(written).required_reward.terms[0] == judge


@pytest.mark.parametrize(
    "text", ["?0", "- x", "{}", "yes", "1", "null", "", "a: b", " x", "x\n\n", "#"]
)
def test_what_reads_as_something_else_is_quoted(text: str) -> None:
    for name, judge in (("pref", preference()), ("jury.two", jurors()[1])):
        example = PairExample(task=text, first=text, second="b", verdict="tie")
        changed = judge.model_copy(update={"examples": (example,), "guidance": text})
        assert rewrite_judge(TEXT, name, changed)


def test_words_that_two_judges_share_are_not_changed_for_both() -> None:
    shared = TEXT.replace(
        "      model: {provider: scripted}\n    - name: jury",
        "      model: {provider: scripted}\n      criteria: *c\n    - name: jury",
    ).replace("      criteria:\n        - accuracy", "      criteria: &c\n        - accuracy")
    with pytest.raises(UsageError, match="anchors or merges"):
        rewrite_judge(shared, "quality", asking(rubric(), 3), "s.yaml")


@pytest.mark.parametrize("name", ["nobody", "jury", "jury.three", "quality.one"])
def test_a_judge_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=f"no judge {name} "):
        rewrite_judge(TEXT, name, rubric(), "s.yaml")


@pytest.mark.parametrize(
    ("original", "rewritten", "changed", "wanted"),
    [
        ("a\n b\nc\n", "a\nb\nc\n", "a\nb\nd\n", "a\n b\nd\n"),
        ("# x\na\n", "a\n", "a\nb\n", "# x\na\nb\n"),
        ("a\n", "a\n", "0\na\n", "0\na\n"),
        ("a\n b\n c\nd\n", "a\nb c\nd\n", "a\nx\nd\n", "a\nx\nd\n"),
        ("a\nb\n", "a\nb\n", "b\n", "b\n"),
        ("a\nb\n", "a\nb\n", "", ""),
    ],
)
def test_layout_is_taken_back_where_nothing_else_changed(
    original: str, rewritten: str, changed: str, wanted: str
) -> None:
    assert merged(original, rewritten, changed) == wanted
