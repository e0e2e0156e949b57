"""The manual's Python runs, its YAML is a spec's, and its figures are the code's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nova_rft.spec import RewardSpec

DOCS = Path(__file__).parents[3] / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if "```python" in page.read_text()]
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
