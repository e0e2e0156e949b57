"""The quiz judge: quizzes made, tested, kept, and answered from the response alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import JudgeUnavailable
from nova_rft.judge import JudgeRequest, QuizJudge, ScriptedModel, read_fenced
from nova_rft.judge.quiz import Question, Quiz, UnreadableQuiz, make_quizzes, read_quiz
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import QuizTerm
from tests.unit.judge.judges import FakeModel

# Facts as the fake judge knows them: a key that a text says with its value.
FACTS = {"rent": "900", "term": "12", "notice": "3", "deposit": "1800", "city": "Ghent"}
SOURCE = " ".join(f"{key}={value}" for key, value in FACTS.items())


def term(**settings: Any) -> QuizTerm:
    fields = {"name": "q", "type": "quiz", "model": {"provider": "scripted"}, "questions": 5}
    return QuizTerm.model_validate({**fields, "options": 3, **settings})


def rollout(response: str, *, source: str = SOURCE, **fields: Any) -> Rollout:
    return Rollout("r", "g", (Message("user", source),), response, None, fields)


def write(request: JudgeRequest) -> Any:
    pairs = [word.split("=") for word in read_fenced(request.user)[1]["SOURCE"].split()]
    questions = [
        {"question": f"What is the {key}?", "right": value, "wrong": ["7777", "8888"]}
        for key, value in pairs
    ]
    return {"nonce": request.nonce, "questions": questions}


def honest(request: JudgeRequest, knows: frozenset[str] = frozenset()) -> Any:
    """Writes, and answers from the text; `knows` are keys that it can answer without one."""
    if request.tool.name == "write_quiz":
        return write(request)
    sections = read_fenced(request.user)[1]
    text = dict(word.split("=") for word in sections["TEXT"].split() if "=" in word)
    text |= {key: FACTS[key] for key in knows}
    answers = []
    for block in sections["QUIZ"].split("\n\n"):
        asked, *options = block.split("\n")
        name, _, question = asked.partition(": ")
        value = text.get(question.removeprefix("What is the ").removesuffix("?"))
        letters = {o.strip()[3:]: o.strip()[0] for o in options}
        answers.append(
            {"question": name, "evidence": "", "answer": letters.get(value or "", "unknown")}
        )
    return {"nonce": request.nonce, "answers": answers}


def score(
    answer: Callable[[JudgeRequest], Any], *rollouts: Rollout, **settings: Any
) -> tuple[list[Outcome], FakeModel]:
    model = FakeModel(answer)
    return QuizJudge(term(**settings), model, model).score(rollouts), model


def values(outcomes: list[Outcome]) -> list[float]:
    assert all(isinstance(one, Score) for one in outcomes), outcomes
    return [one.value for one in outcomes if isinstance(one, Score)]


def test_the_value_is_the_share_that_the_response_answers() -> None:
    outcomes, model = score(
        honest, rollout(SOURCE), rollout("rent=900 term=12"), rollout("rent=7777"), rollout("Hi")
    )
    assert values(outcomes) == [1.0, 0.4, 0.0, 0.0]
    assert [one.metrics["unknown"] for one in outcomes if isinstance(one, Score)] == [
        *(0.0, 0.6, 0.8, 1.0)
    ]
    # Written once, answered from the source and from nothing, then from three other responses:
    # the first is the source itself, which was asked already but in another pass.
    assert Counter(request.tool.name for request in model.asked) == {
        "write_quiz": 1,
        "answer_quiz": 6,
    }


@pytest.mark.parametrize("nothing", ["", " \n\t", "\u200b\u2060", "\ufeff \u00ad"])
def test_nothing_written_scores_nothing_without_a_call(nothing: str) -> None:
    outcomes, model = score(honest, rollout(nothing))
    assert values(outcomes) == [0.0]
    answered = [read_fenced(r.user)[1]["TEXT"] for r in model.asked if "answer" in r.tool.name]
    assert answered == [SOURCE, ""]


def test_a_source_is_quizzed_once() -> None:
    model = FakeModel(honest)
    judge = QuizJudge(term(), model, model)
    for _ in range(3):
        judge.score([rollout("rent=900"), rollout("term=12")])
    assert sum(request.tool.name == "write_quiz" for request in model.asked) == 1


def test_questions_that_need_no_source_are_dropped() -> None:
    knows = frozenset(("city", "rent"))
    model = FakeModel(lambda request: honest(request, knows))
    (quiz,) = make_quizzes(term(), [SOURCE], model=model, writer=model)
    assert isinstance(quiz, Quiz)
    assert [question.question for question in quiz.questions] == [
        *("What is the term?", "What is the notice?", "What is the deposit?")
    ]
    assert (quiz.source_score, quiz.empty_score, quiz.dropped) == (1.0, 0.0, 2)
    # Written, tested whole, and tested again without what was dropped.
    assert len(model.asked) == 1 + 2 + 2


def test_questions_that_the_source_does_not_answer_are_dropped() -> None:
    def wrong_on_rent(request: JudgeRequest) -> Any:
        answer = honest(request)
        if request.tool.name == "write_quiz":
            answer["questions"][0]["right"] = "901"
        return answer

    model = FakeModel(wrong_on_rent)
    (quiz,) = make_quizzes(term(), [SOURCE], model=model, writer=model)
    assert isinstance(quiz, Quiz)
    assert len(quiz.questions) == 4


def test_too_few_usable_questions_make_an_abstention() -> None:
    knows = frozenset(("city", "rent", "term"))
    outcomes, _ = score(lambda request: honest(request, knows), rollout("rent=900"))
    (one,) = outcomes
    assert isinstance(one, Abstention)
    assert one.detail.startswith("2 of 5 questions are answered from the source and not without it")


@pytest.mark.parametrize(
    "broken",
    [
        lambda answer: answer["answers"].pop(),
        lambda answer: answer["answers"].append(answer["answers"][0]),
        lambda answer: answer["answers"][0].update(answer="z"),
        lambda answer: answer["answers"][0].update(answer="A"),
        lambda answer: answer["answers"][0].update(answer=None),
        lambda answer: answer["answers"][0].update(question="q9"),
        lambda answer: answer.update(nonce="0" * 16),
        lambda answer: answer.update(score=1),
    ],
)
def test_answers_that_are_not_exact_are_unreadable(broken: Callable[[Any], Any]) -> None:
    def answer(request: JudgeRequest) -> Any:
        given = honest(request)
        if "rent=900 only" in request.user:
            broken(given)
        return given

    outcomes, _ = score(answer, rollout("rent=900 only"), rollout("rent=900"))
    assert isinstance(outcomes[0], Abstention)
    assert outcomes[0].cause is Cause.UNREADABLE_VERDICT
    assert isinstance(outcomes[1], Score)


@pytest.mark.parametrize(
    "broken",
    [
        lambda one: one.update(wrong=["7777"]),
        lambda one: one.update(wrong=["7777", "7777"]),
        lambda one: one.update(wrong=["900", "7777"]),
        lambda one: one.update(right=900),
        lambda one: one.update(question=" "),
        lambda one: one.pop("right"),
        lambda one: one.update(answer="a"),
    ],
)
def test_a_question_that_is_not_as_asked_is_left_out(broken: Callable[[Any], Any]) -> None:
    def answer(request: JudgeRequest) -> Any:
        given = honest(request)
        if request.tool.name == "write_quiz":
            broken(given["questions"][0])
        return given

    model = FakeModel(answer)
    (quiz,) = make_quizzes(term(), [SOURCE], model=model, writer=model)
    assert isinstance(quiz, Quiz)
    assert [each.right for each in quiz.questions] == ["12", "3", "1800", "Ghent"]


def test_a_writer_that_fails_costs_its_own_source_alone() -> None:
    def answer(request: JudgeRequest) -> Any:
        if request.tool.name == "write_quiz" and "rent=1" in request.user:
            return JudgeUnavailable("throttled")
        return honest(request)

    bad = SOURCE.replace("900", "1")
    outcomes, _ = score(answer, rollout("rent=1", source=bad), rollout("rent=900"))
    assert isinstance(outcomes[0], Abstention)
    assert outcomes[0].cause is Cause.JUDGE_UNAVAILABLE
    assert values(outcomes[1:]) == [0.2]


def test_places_of_right_answers_are_spread_and_do_not_depend_on_how_they_were_given() -> None:
    questions = [
        Question(question=f"What is {n}?", options=(f"r{n}", f"x{n}", f"y{n}"), right=f"r{n}")
        for n in range(300)
    ]
    letters = Counter(question.right_letter for question in questions)
    assert all(70 < letters[letter] < 130 for letter in "abc")
    turned = questions[0].model_copy(update={"options": questions[0].options[::-1]})
    assert turned.lettered == questions[0].lettered


def test_a_records_own_quiz_is_used_and_survives_json() -> None:
    (made,) = make_quizzes(term(), [SOURCE], model=FakeModel(honest), writer=FakeModel(honest))
    assert isinstance(made, Quiz)
    kept = json.loads(made.model_dump_json())
    assert read_quiz(kept) == made
    outcomes, model = score(honest, rollout("rent=900", quiz=kept))
    assert values(outcomes) == [0.2]
    assert len(model.asked) == 1
    own = [question.model_dump(mode="json") for question in made.questions]
    outcomes, _ = score(honest, rollout("rent=900", quiz=own))
    assert values(outcomes) == [0.2]


def test_a_quiz_on_another_source_is_not_used() -> None:
    (made,) = make_quizzes(term(), [SOURCE], model=FakeModel(honest), writer=FakeModel(honest))
    assert isinstance(made, Quiz)
    other = rollout("rent=900", source="rent=5", quiz=made.model_dump(mode="json"))
    ((one,), model) = score(honest, other)
    assert isinstance(one, Abstention)
    assert one.detail == "the quiz was made on another source"
    assert not model.asked


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a text", "valid dictionary"),
        ([], "questions: "),
        ([{"question": "Q?", "options": ["a", "b"], "right": "c"}], "not among the options"),
        ([{"question": "Q?", "options": ["a", "A "], "right": "a"}], "two options are equal"),
        ([{"question": "Q?", "options": ["a"], "right": "a"}], "questions.0.options"),
        ([{"question": "Q?", "options": ["a", "b"], "right": "a"}] * 2, "two questions are equal"),
        ({"questions": [], "marks": 1}, "questions"),
    ],
)
def test_what_is_no_quiz_is_said(given: Any, said: str) -> None:
    with pytest.raises(UnreadableQuiz, match=said):
        read_quiz(given)
    ((one,), _) = score(honest, rollout("rent=900", quiz=given))
    assert isinstance(one, Abstention)
    assert one.cause is Cause.NO_CRITERIA


def test_the_source_may_be_a_field() -> None:
    outcomes, _ = score(honest, rollout("rent=900", source="Sum up.", call=SOURCE), source="call")
    assert values(outcomes) == [0.2]
    ((one,), _) = score(honest, rollout("rent=900"), source="call")
    assert isinstance(one, Abstention)
    assert one.cause is Cause.NO_REFERENCE


def test_the_scripted_judge_writes_and_answers() -> None:
    source = (
        "The tenant pays nine hundred euros each month. The contract runs for twelve years. "
        "Either party terminates by registered letter. The landlord repairs the heating himself."
    )
    model = ScriptedModel()
    judge = QuizJudge(term(questions=4), model, model)
    whole, half, none = judge.score(
        [rollout(text, source=source) for text in (source, source[:90], "A contract.")]
    )
    assert isinstance(whole, Score)
    assert isinstance(half, Score)
    assert isinstance(none, Score)
    assert (whole.value, none.value) == (1.0, 0.0)
    assert 0 < half.value < 1
    assert "no model" in whole.details["said"]
