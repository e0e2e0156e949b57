"""The how-to guides, and the page on moving here: what needs no deployment does what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import DOCS, Block, blocks, quick_program, run_page

PAGES = [*sorted((DOCS / "howto").glob("*.md")), DOCS / "moving.md"]
# Blocks that are not run, by how they begin, and why. Their commands are parsed by test_commands.py.
NOT_RUN = (
    # A deployment, which the tutorial runs from beginning to end.
    "nova-rft deploy",
    "nova-rft --stage prod diff",
    # A function and a job that somebody made elsewhere: tests/contract and tests/e2e have such.
    "nova-rft reward test arn:",
    "nova-rft jobs adopt",
    # A completed job, a served model and a judge on Bedrock: tests/e2e/test_evaluate.py.
    "nova-rft evaluate --judge bedrock:",
)


def not_run(block: Block) -> bool:
    return block.text.startswith(NOT_RUN)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some eighty commands: each would take a second to import what it needs."""
    return quick_program(tmp_path_factory.mktemp("program") / "bin")


@pytest.mark.manual
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_guide_runs(page: Path, tmp_path: Path, program: Path) -> None:
    home = {"NOVA_RFT_HOME": str(tmp_path / ".home")}
    done = run_page(page, tmp_path, skip=not_run, environment=home, program=program)
    assert done or page.stem == "index"


def test_few_blocks_are_left_out_and_none_for_nothing() -> None:
    left = [block.text for page in PAGES for block in blocks(page) if not_run(block)]
    assert len(left) <= 7
    assert all(any(text.startswith(one) for text in left) for one in NOT_RUN)
