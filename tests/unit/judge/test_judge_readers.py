"""Every reader on mutated good replies and on anything at all: exact, or unreadable, never an error."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.data import Message, Rollout
from nova_rft.judge import JudgeReply, JudgeRequest, UnreadableVerdict, Usage
from nova_rft.judge.preference import list_request, pair_request, read_preference, read_ranking
from nova_rft.judge.quiz import Question
from nova_rft.judge.quiz._prompt import answer_request
from nova_rft.judge.quiz._read import read_answers
from nova_rft.judge.rubric import read_verdicts, rubric_request
from nova_rft.spec import PreferenceTerm
from tests.unit.judge.judges import criterion, verdicts

TASK = Rollout("r", "g", (Message("user", "2 + 2?"),), "4")
TERM = PreferenceTerm.model_validate(
    {"name": "p", "type": "preference", "model": {"provider": "scripted"}}
)
CRITERIA = [criterion("short"), criterion("kind")]
RUBRIC = rubric_request(CRITERIA, TASK)
PAIR = pair_request(TERM, TASK, "4", "5")
LIST = list_request(TERM, TASK, ["4", "5", "6"])
QUIZ = [
    Question(question=f"What is {n}?", options=(f"a{n}", f"b{n}"), right=f"a{n}") for n in range(3)
]
ANSWER = answer_request(QUIZ, "a0 a1")

Reader = Callable[[JudgeReply], Any]
# What is read, and a good answer without its reasons, which may be any text.
READERS: dict[str, tuple[JudgeRequest, Reader, dict[str, Any]]] = {
    "rubric": (
        RUBRIC,
        lambda reply: [(v.criterion, v.label) for v in read_verdicts(reply, RUBRIC, CRITERIA)],
        {"verdicts": verdicts(short=True, kind=False)},
    ),
    "pair": (
        PAIR,
        lambda reply: read_preference(reply, PAIR).slot,
        {"reason": "", "evidence": "", "verdict": "first"},
    ),
    "list": (
        LIST.request,
        lambda reply: [rank for rank, _ in read_ranking(reply, LIST)],
        {
            "ranking": [
                {"response": id, "reason": "", "rank": str(rank)}
                for rank, id in enumerate(LIST.ids, start=1)
            ]
        },
    ),
    "quiz": (
        ANSWER,
        lambda reply: [answer.said for answer in read_answers(reply, ANSWER, QUIZ)],
        {
            "answers": [
                {"question": f"q{n}", "evidence": "", "answer": label}
                for n, label in enumerate(("a", "b", "unknown"), start=1)
            ]
        },
    ),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def read(kind: str, call: Any) -> Any:
    """What the reader makes of it; `unreadable` where it says so."""
    _, reader, _ = READERS[kind]
    try:
        return reader(JudgeReply(call, "", Usage(), "end"))
    except UnreadableVerdict:
        return "unreadable"


def good(kind: str) -> dict[str, Any]:
    request, _, answer = READERS[kind]
    return {"nonce": request.nonce, **copy.deepcopy(answer)}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with a key in it."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    inner = [value[key] for key in keys]
    own = [(value, key) for key in keys]
    return own + [place for one in inner for place in places(one)]


@pytest.mark.parametrize("kind", READERS)
def test_a_good_answer_is_read(kind: str) -> None:
    assert read(kind, good(kind)) != "unreadable"


@pytest.mark.parametrize("kind", READERS)
@given(call=JSON)
def test_anything_at_all_is_unreadable(kind: str, call: Any) -> None:
    assert read(kind, call) == "unreadable"


@pytest.mark.parametrize("kind", READERS)
@given(data=st.data())
def test_one_change_is_read_rightly_or_not_at_all(kind: str, data: st.DataObject) -> None:
    call, expected = good(kind), read(kind, good(kind))
    container, key = data.draw(st.sampled_from(places(call)))
    change = data.draw(st.sampled_from(("replace", "delete", "double", "add")))
    was = container[key]
    if change == "replace":
        container[key] = data.draw(JSON)
    elif change == "delete":
        del container[key]
    elif change == "double" and isinstance(container, list):
        container.append(copy.deepcopy(was))
    elif isinstance(container, dict):
        container[data.draw(st.text(max_size=8))] = data.draw(JSON)
    found = read(kind, call)
    if found == "unreadable" or found == expected:
        return
    # The one way to another reading: another word that was allowed, in the place of a verdict.
    assert key in ("verdict", "rank", "answer")
    assert isinstance(container[key], str)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("nonce", ["", "nonce", "0" * 16, None, 7])
def test_another_nonce_is_unreadable(kind: str, nonce: Any) -> None:
    assert read(kind, {**good(kind), "nonce": nonce}) == "unreadable"


@pytest.mark.parametrize("kind", READERS)
def test_entries_in_another_order_mean_the_same(kind: str) -> None:
    call = good(kind)
    for value in call.values():
        if isinstance(value, list):
            value.reverse()
    assert read(kind, call) == read(kind, good(kind))
