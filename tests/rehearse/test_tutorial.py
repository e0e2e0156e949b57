"""The tutorial, from its first block to its last, in an empty folder, on an embedded AWS of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova_rft import local_aws
from tests.pages import DOCS, blocks, run_page

pytestmark = [pytest.mark.timeout(900), pytest.mark.manual]


def test_the_tutorial_does_what_it_shows(tmp_path: Path) -> None:
    page = DOCS / "tutorial.md"
    try:
        done = run_page(page, tmp_path)
    finally:
        local_aws.down(tmp_path / "maths" / ".nova-rft")
    assert done == len(blocks(page)) > 20
