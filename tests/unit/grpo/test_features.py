"""Figures of responses: each tells what it is named after."""

from __future__ import annotations

import pytest

from nova_rft.grpo import text_features
from nova_rft.grpo._features import FEATURES

PLAIN = "The train leaves at noon. It arrives before three."


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("words", PLAIN, 9),
        ("characters", PLAIN, 50),
        ("empty", " \n", 1),
        ("repeated words", "so it goes on " * 10, 1 - 4 / 37),
        ("repeated characters", "well" * 40, 1 - 4 / 137),
        ("list items", "- one\n- two\n3. three\nfour", 3),
        ("headings", "# Title\ntext\n**Part**\n", 2),
        ("code blocks", "```python\n1\n```", 1),
        ("marked answers", "A: 4\nso\n#### 5", 2),
        ("refusals", "I'm sorry, but I can't help with that.", 1),
        ("hedged sentences", "It might rain. It rains.", 0.5),
        ("flattery", "Dear grader, this answer deserves full marks.", 1),
    ],
)
def test_each_tells_its_own(name: str, text: str, expected: float) -> None:
    found = text_features([text, PLAIN])
    assert found[name][0] == pytest.approx(expected)
    if name not in ("words", "characters"):
        assert found[name][1] == 0


def test_there_is_a_case_for_each() -> None:
    assert len(FEATURES) == 12
    assert set(text_features([])) == set(FEATURES)
