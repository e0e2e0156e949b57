"""The manual's Python runs, its YAML is a spec's, and its figures are the code's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nova_rft.spec import (
    EvaluationSpec,
    FollowingTerm,
    RewardSpec,
    TermModel,
    VerifierTerm,
)
from nova_rft.spec._penalties import PenaltyTerm

DOCS = Path(__file__).parents[3] / "docs"
# What the page on jobs shows needs AWS: tests/e2e/test_manual_jobs.py runs it.
PAGES = [
    page
    for page in sorted(DOCS.glob("*.md"))
    if "```python" in page.read_text() and page.stem != "jobs"
]
NOVA = {"provider": "bedrock", "id": "us.amazon.nova-2-lite-v1:0"}
TERM = {"name": "t", "type": "rubric", "criteria": ["tone"]}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_of_a_page_runs_from_top_to_bottom(page: Path) -> None:
    names: dict[str, Any] = {}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)  # noqa: S102


def test_what_the_page_on_judges_shows_of_specs_is_valid() -> None:
    """Terms, one model, and a reward's settings beside its terms."""
    shown = blocks(DOCS / "judges.md", "yaml")
    assert len(shown) >= 3
    for block in shown:
        found = YAML(typ="safe").load(block)
        terms = found if isinstance(found, list) else [{**TERM, "model": found.get("model", NOVA)}]
        settings = found.get("reward", {}) if isinstance(found, dict) else {}
        assert RewardSpec.model_validate({"range": [0, 1], "terms": terms, **settings}).terms


def test_rewards_that_the_page_on_rewards_shows_are_valid() -> None:
    shown = blocks(DOCS / "rewards.md", "yaml")
    assert len(shown) == 2
    for block in shown:
        assert RewardSpec.model_validate(YAML(typ="safe").load(block)["reward"]).terms


def test_evaluations_that_the_page_on_evaluation_shows_are_valid() -> None:
    shown = blocks(DOCS / "evaluate.md", "yaml")
    assert len(shown) == 2
    for block in shown:
        assert EvaluationSpec.model_validate(YAML(typ="safe").load(block)["evaluation"]).primary


def test_every_verifier_and_penalty_is_in_the_manual_with_its_picture() -> None:
    text = (DOCS / "rewards.md").read_text()
    kinds = {kind.model_fields["type"].annotation.__args__[0]: kind for kind in _all(TermModel)}  # type: ignore[union-attr]
    assert len(kinds) > 25
    for name, kind in kinds.items():
        if issubclass(kind, VerifierTerm | PenaltyTerm | FollowingTerm):
            assert f"`{name}`" in text, name
        if issubclass(kind, PenaltyTerm | FollowingTerm):
            assert f"(images/penalties/{name}.svg)" in text, name
            assert (DOCS / "images" / "penalties" / f"{name}.svg").is_file(), name


def _all(base: type[TermModel]) -> list[type[TermModel]]:
    found = [kind for child in base.__subclasses__() for kind in [child, *_all(child)]]
    return [kind for kind in found if "type" in kind.model_fields]
