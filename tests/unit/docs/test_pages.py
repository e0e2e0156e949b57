"""What runs the manual's blocks notices what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages import blocks, run_page, seen


def page(folder: Path, text: str) -> Path:
    file = folder / "page.md"
    file.write_text(text)
    return file


def test_blocks_share_a_shell_and_are_held_against_what_is_shown(tmp_path: Path) -> None:
    good = (
        "```sh\nmkdir here; cd here\nexport X=7\n```\n\n"
        "```sh\ncat > a <<'END'\nhello\nEND\ncat a; echo $X\n```\n\n```text\nhello\n…\n```\n"
        "```sh\nfalse  # exit status 1\n```\n"
    )
    assert run_page(page(tmp_path, good), tmp_path) == 3
    assert (tmp_path / "here" / "a").read_text() == "hello\n"


@pytest.mark.parametrize(
    "text",
    [
        "```sh\nfalse\n```\n",
        "```sh\nfalse\ntrue\n```\n",
        "```sh\ntrue  # exit status 1\n```\n",
        "```sh\necho one\n```\n\n```text\ntwo\n```\n",
        "```sh\nprintf 'one\\ntwo\\n'\n```\n\n```text\ntwo\n```\n",
    ],
    ids=["fails", "fails-first", "ought-to-fail", "other-words", "more-words"],
)
def test_what_is_not_as_the_page_says_fails(tmp_path: Path, text: str) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:1"):
        run_page(page(tmp_path, text), tmp_path)


def test_text_that_does_not_follow_at_once_is_not_what_was_printed(tmp_path: Path) -> None:
    (block,) = blocks(page(tmp_path, "```sh\ntrue\n```\nIn a file:\n```text\nx\n```\n"))
    assert block.shown is None


def test_the_marker_stands_for_parts_and_for_lines() -> None:
    assert seen("a … c\n…\nend", "a b c\nx\ny\nend\n")
    assert seen("…\nend", "end\n")
    assert not seen("a … d\n…\nend", "a b c\nend\n")
    assert not seen("…\nend", "end\nmore\n")
