"""The guides' fragments of specs are what a spec may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from nova_rft.spec import EvaluationSpec, RewardSpec
from tests.pages import DOCS

PAGES = [*sorted((DOCS / "howto").glob("*.md")), DOCS / "moving.md"]


def fragments() -> Iterator[tuple[str, Any]]:
    for page in PAGES:
        for text in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            yield page.stem, YAML(typ="safe").load(text)


@pytest.mark.parametrize(("page", "fragment"), [*fragments()], ids=lambda one: str(one)[:20])
def test_a_fragment_is_valid(page: str, fragment: Any) -> None:
    if isinstance(fragment, list):
        assert RewardSpec.model_validate({"range": [-2, 2], "terms": fragment}).terms, page
    elif "reward" in fragment:
        assert RewardSpec.model_validate(fragment["reward"]).terms, page
    else:
        assert EvaluationSpec.model_validate(fragment["evaluation"]), page


def test_the_guides_show_some() -> None:
    assert len({page for page, _ in fragments()}) >= 4
