"""Refinement as a whole, before a model endpoint that does what it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft.calibrate import Draws, How, read_labels
from nova_rft.calibrate.refine import Plan, Refinement
from nova_rft.errors import JudgeError, UsageError
from nova_rft.project import Bounds, Project, Rewriting
from nova_rft.spec import RubricTerm, parse

from .stand_in import StandIn, project, rows, standing_in

HOW = How(draws=Draws(200))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "home"))
    with standing_in() as found:
        yield found


def refined(
    folder: Path, url: str, plan: Plan, *, noise: int = 0, bounds: Bounds | None = None
) -> tuple[Refinement, str]:
    spec, file = project(folder, url, rows(60, noise=noise > 0, seed=noise))
    rewriting = Rewriting(bounds=bounds or Bounds())
    return Project.load(spec).refine(read_labels(file), rewriting, plan, HOW)


@pytest.mark.parametrize("method", ["gepa", "examples"])
def test_a_better_judge_is_found_and_told_from_chance(
    method: str, stand_in: StandIn, tmp_path: Path
) -> None:
    plan = Plan(method, variants=6)  # type: ignore[arg-type]
    found, text = refined(tmp_path, stand_in.url, plan)
    assert found.beyond_chance, found.why
    assert found.held_out is not None
    before, after = found.held_out.points
    assert before < 0.75 and after == 1.0
    assert found.held_out.before.rows == found.split.as_dict()["held_out"] == 30
    term = parse(text).required_reward.terms[0]
    assert isinstance(term, RubricTerm)
    if method == "gepa":
        assert 'holds the word "source"' in term.criteria[0].question + term.guidance
        assert stand_in.rewrote > 0 and not term.examples
    else:
        assert term.examples and stand_in.rewrote == 0


@pytest.mark.parametrize(
    ("method", "noise", "said"),
    [("gepa", 2, "gains 0.100 on held-out labels, which chance"), ("examples", 3, "gains nothing")],
)
def test_noise_gains_nothing_and_is_told(
    method: str, noise: int, said: str, stand_in: StandIn, tmp_path: Path
) -> None:
    plan = Plan(method, variants=8)  # type: ignore[arg-type]
    found, _ = refined(tmp_path, stand_in.url, plan, noise=noise)
    assert found.search.best is not None, "the search was to be led astray"
    assert found.held_out is not None and found.held_out.p > 0.5
    assert not found.beyond_chance and said in found.why


def test_noise_that_leads_nowhere_costs_no_look(stand_in: StandIn, tmp_path: Path) -> None:
    found, text = refined(tmp_path, stand_in.url, Plan("examples", variants=4), noise=1)
    assert found.held_out is None and not found.beyond_chance
    assert "No variant agrees better" in found.why
    assert text == (tmp_path / "nova-rft.yaml").read_text()


def test_a_stopped_search_goes_on_without_paying_twice(stand_in: StandIn, tmp_path: Path) -> None:
    plan = Plan("gepa", variants=4)
    stand_in.stop_after = 40
    with pytest.raises(JudgeError):
        refined(tmp_path, stand_in.url, plan)
    stopped = stand_in.judged + stand_in.rewrote
    stand_in.stop_after = None
    found, text = refined(tmp_path, stand_in.url, plan)
    asked = stand_in.judged + stand_in.rewrote
    assert stopped <= 40 and asked == found.asked
    assert found.totals.calls == asked - stopped

    # In a folder of its own, never stopped: the same, word for word.
    other = tmp_path / "other"
    other.mkdir()
    again, same = refined(other, stand_in.url, plan)
    assert same == text and again.asked == found.asked
    assert stand_in.judged + stand_in.rewrote == asked, "answers are kept for all refinements"
    assert (again.search, again.split) == (found.search, found.split)


def test_calls_are_bounded_and_enough_is_kept_for_the_end(
    stand_in: StandIn, tmp_path: Path
) -> None:
    bounds = Bounds(calls=200)
    found, _ = refined(tmp_path, stand_in.url, Plan("gepa"), noise=2, bounds=bounds)
    assert found.held_out is not None and "200 calls" in found.search.ended
    assert stand_in.judged + stand_in.rewrote == found.asked <= 200


def test_too_few_calls_are_refused_before_most_are_made(stand_in: StandIn, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="90 calls are too few: 96 are needed"):
        refined(tmp_path, stand_in.url, Plan("gepa"), bounds=Bounds(calls=90))
    assert stand_in.judged == 18


def test_money_is_bounded_over_all_runs(stand_in: StandIn, tmp_path: Path) -> None:
    # A call costs 0.11. Once to choose by (18 prompts), to learn (12), and for one variant; and what is
    # kept back for both judges on 30 held-out prompts, where calls may have become twice as dear.
    plan, bounds = Plan("examples"), Bounds(money=round(0.11 * (18 + 12 + 18 + 3 * 30), 2))
    found, text = refined(tmp_path, stand_in.url, plan, noise=2, bounds=bounds)
    assert found.search.ended.startswith("budget.total of 15.18 USD is spent")
    assert found.search.tried == 1
    again, same = refined(tmp_path, stand_in.url, plan, noise=2, bounds=bounds)
    in_flight = 4
    assert again.totals.calls <= in_flight
    paid = 0.11 * (stand_in.judged + stand_in.rewrote)
    assert paid == pytest.approx(found.totals.cost + again.totals.cost)
    assert paid <= 15.18 + in_flight * 0.11
    assert (same, again.search.tried) == (text, found.search.tried)


def test_money_needs_prices(stand_in: StandIn, tmp_path: Path) -> None:
    spec, file = project(tmp_path, stand_in.url, rows(60))
    spec.write_text(spec.read_text().replace("    m: {", "    other: {"))
    rewriting = Rewriting(bounds=Bounds(money=1))
    with pytest.raises(UsageError, match="--money needs a price for m; add it under reward"):
        Project.load(spec).refine(read_labels(file), rewriting, Plan(), HOW)
    assert stand_in.judged == 0


def test_when_time_is_over_the_end_still_comes(stand_in: StandIn, tmp_path: Path) -> None:
    spec, file = project(tmp_path, stand_in.url, rows(60))
    project_, labels = Project.load(spec), read_labels(file)
    with pytest.raises(UsageError, match=r"too small to begin \(the time is over"):
        project_.refine(labels, Rewriting(bounds=Bounds(minutes=0)), Plan(), HOW)


def test_every_look_at_the_same_labels_makes_luck_likelier(
    stand_in: StandIn, tmp_path: Path
) -> None:
    looks = []
    # Seeds 1 and 2 find the same variant, and hold out other prompts.
    for seed in (1, 2, 2):
        plan = Plan("examples", variants=2, seed=seed)
        found, _ = refined(tmp_path, stand_in.url, plan)
        assert found.held_out is not None
        looks.append(found.held_out.looks)
    assert looks == [1, 2, 2], "the same again is no new look"


def test_a_judge_that_people_agree_with_is_left_alone(stand_in: StandIn, tmp_path: Path) -> None:
    spec, file = project(tmp_path, stand_in.url, rows(60))
    good = 'Does it say whether it holds the word "source"?'
    spec.write_text(spec.read_text().replace("Is it good?", json.dumps(good)))
    found, text = Project.load(spec).refine(read_labels(file), Rewriting(), Plan(), HOW)
    assert found.held_out is None and not found.beyond_chance
    assert found.why.startswith("No variant was tried: the judge says what people say")
    assert found.asked == 18, "held-out labels cost nothing where there is nothing to compare"
    assert text == spec.read_text()


def test_words_that_cannot_be_written_are_told_before_anything_is_asked(
    stand_in: StandIn, tmp_path: Path
) -> None:
    spec, file = project(tmp_path, stand_in.url, rows(60))
    shared = "      criteria: *c\n"
    other = (
        f"    - name: other\n      type: preference\n      model: {{provider: scripted}}\n{shared}"
    )
    spec.write_text(spec.read_text().replace("criteria:", "criteria: &c") + other)
    with pytest.raises(UsageError, match="the words of quality cannot be changed alone"):
        Project.load(spec).refine(read_labels(file), Rewriting("quality"), Plan(), HOW)
    assert stand_in.judged == 0


def test_a_juror_is_refined_by_its_name(stand_in: StandIn, tmp_path: Path) -> None:
    spec, file = project(tmp_path, stand_in.url, rows(60))
    head, _, judge = spec.read_text().partition("    - name: quality\n")
    judge = "".join(f"    {line}\n" for line in judge.splitlines())
    jury = f"    - name: jury\n      type: jury\n      judges:\n        - name: quality\n{judge}"
    scripted = "        - {name: other, type: preference, model: {provider: scripted}}\n"
    spec.write_text(head + jury + scripted)
    loaded = Project.load(spec)
    with pytest.raises(UsageError, match=r"--term: jury\.quality, jury\.other"):
        loaded.refinable()
    plan = Plan("examples", variants=2)
    found, text = loaded.refine(read_labels(file), Rewriting("jury.quality"), plan, HOW)
    assert found.beyond_chance
    assert parse(text).required_reward.terms[0].judges[0].examples  # type: ignore[union-attr]
