"""The built-in tasks: their truths know right from wrong, and their specs are valid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.project import Project
from nova_rft.rehearse import call_here, read_examples
from nova_rft.rehearse._grade import event_of, grade
from nova_rft.rehearse.tasks import FLAWS, TASKS, make_records, rewards, write_task


@pytest.mark.parametrize("name", TASKS)
def test_a_task_s_records_pass_the_check_and_no_prompt_comes_twice(
    tmp_path: Path, name: str
) -> None:
    project = Project.load(write_task(tmp_path, name))
    checks = project.check()
    assert [(file, found.records) for file, found in checks] == [
        ("train.jsonl", 1000),
        ("validation.jsonl", 200),
    ]
    assert not [finding for _, found in checks for finding in found.findings]
    assert not project.check_terms()
    prompts = [
        json.loads(line)["messages"][0]["content"]
        for file in ("train.jsonl", "validation.jsonl")
        for line in (tmp_path / file).read_text().splitlines()
    ]
    assert len(set(prompts)) == 1200


@pytest.mark.parametrize("name", TASKS)
def test_demonstrations_earn_the_best_reward_and_are_right(tmp_path: Path, name: str) -> None:
    project = Project.load(write_task(tmp_path, name))
    examples = read_examples(project._rows("train.jsonl"))[:50]
    event = event_of("demo", examples, [one.demonstrations[0] for one in examples])
    for graded in grade(call_here(project.reward()), event):
        assert graded.reward == pytest.approx(1.0)
        assert graded.values["truth"] == 1.0


@pytest.mark.parametrize("name", TASKS)
def test_another_s_answer_is_wrong(tmp_path: Path, name: str) -> None:
    project = Project.load(write_task(tmp_path, name))
    examples = read_examples(project._rows("train.jsonl"))[:50]
    others = [one.demonstrations[0] for one in [*examples[1:], examples[0]]]
    graded = grade(call_here(project.reward()), event_of("demo", examples, others))
    wrong = [one.values["truth"] for one in graded]
    # Sums and repaired programs may agree by chance.
    assert sum(wrong) / len(wrong) < 0.3


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_reward_pays_a_trick_more_than_the_truth(tmp_path: Path, flaw: str) -> None:
    tricks = {
        "length": "well " * 30,
        "keywords": "because " * 30,
        "form-only": '{"name": "X", "age": 1, "city": "Y"}',
        "words-only": "well" * 30,
        "confidence": "Certainly. I am sure. Definitely. Certainly. Definitely.",
    }
    project = Project.load(write_task(tmp_path, "format", flaw))
    examples = read_examples(project._rows("train.jsonl"))[:1] * 2
    said = [examples[0].demonstrations[0], tricks[flaw]]
    right, trick = grade(call_here(project.reward()), event_of("x", examples, said))
    assert (right.values["truth"], trick.values["truth"]) == (1.0, 0.0)
    assert trick.reward >= right.reward
    assert {term.name for term in project.spec.required_reward.terms} >= FLAWS[flaw].culprits


def test_what_mends_a_flaw_makes_the_trick_pay_less(tmp_path: Path) -> None:
    project = Project.load(write_task(tmp_path, "format", "length", mend=True))
    examples = read_examples(project._rows("train.jsonl"))[:1] * 3
    said = [examples[0].demonstrations[0], "well " * 30, "well" * 30]
    right, words, solid = grade(call_here(project.reward()), event_of("x", examples, said))
    assert right.reward > max(words.reward, solid.reward) + 0.5


def test_equal_seeds_write_equal_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_task(tmp_path / folder, "format", "length", seed=3, mend=True)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == [
        "nova-rft.yaml",
        "rewards.py",
        "tokenizer.json",
        "train.jsonl",
        "validation.jsonl",
    ]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_is_not_built_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no built-in task chess; there are format"):
        write_task(tmp_path, "chess")
    with pytest.raises(UsageError, match="no flawed reward vanity"):
        write_task(tmp_path, "format", "vanity")
    with pytest.raises(UsageError, match="all for format"):
        write_task(tmp_path, "repair", "length")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("program", "start", "value"),
    [("add 3", 2, 5), ("add 3; double", 2, 10), ("take 1; take 1", 2, 0), ("double; add 9", 5, 19)],
)
def test_the_small_language(program: str, start: int, value: int) -> None:
    assert rewards.run(program, start) == value


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("add 4; double", 1.0),
        (" add 4; double\n", 1.0),
        ("add 3; double", 0.0),
        ("double; add 8", 0.0),
        ("add 4; double; add 0", 0.0),
        ("add; double", 0.0),
        ("", 0.0),
    ],
)
def test_a_repair_keeps_the_operations_and_gives_what_is_wanted(said: str, right: float) -> None:
    record = {"program": "add 3; double", "start": 2, "wanted": 12}
    assert rewards.repaired(_rollout(said, **record)) == right


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("4 + 5 = 9\n9 - 2 = 7\nAnswer: 7", 1.0),
        ("Answer: 7", 1.0),
        ("7", 0.0),
        ("Answer: 6\nAnswer: 7", 0.0),
        ("Answer: 7 I am sure.", 0.0),
    ],
)
def test_one_final_answer_that_is_right(said: str, right: float) -> None:
    assert rewards.worked_out(_rollout(said, reference="7")) == right


def test_records_differ_by_seed() -> None:
    one, other = (make_records(TASKS["repair"].make, 20, seed) for seed in (0, 1))
    assert one != other


def _rollout(said: str, reference: Any = None, **fields: Any) -> Rollout:
    return Rollout("r", "g", (), said, reference, fields)
