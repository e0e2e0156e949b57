"""Every `nova-rft` command of the documents is one: its words, options, and in blocks its arguments."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from nova_rft.cli._app import app
from tests.pages import DOCS, ROOT

DOCUMENTS = [
    document
    for document in sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("examples/*/*.md")])
    if "nova-rft " in document.read_text()
]
# Left out, since it is made from the very commands.
DOCUMENTS.remove(DOCS / "cli.md")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(nova-rft [^`]+)`")
_INDENTED = re.compile(r"^ {4}(nova-rft .+)$", re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_what_is_shown_is_a_command(document: Path) -> None:
    text = document.read_text()
    wrong = []
    for line in [*typed(text), *named(text)]:
        try:
            known(line)
        except ValueError as error:
            wrong.append(f"{line}: {error}")
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_what_is_typed_has_its_arguments(document: Path) -> None:
    wrong = []
    for line in typed(document.read_text()):
        command, words = resolved(shlex.split(line, comments=True)[1:])
        try:
            command.make_context("nova-rft", words)
        except Exception as error:
            wrong.append(f"{line}: {error}")
    assert wrong == []


@pytest.mark.parametrize(
    "line",
    ["nova-rft chek", "nova-rft jobs adept JOB", "nova-rft check --depp"],
)
def test_what_is_none_is_noticed(line: str) -> None:
    with pytest.raises(ValueError, match="no"):
        known(line)


def typed(text: str) -> Iterator[str]:
    """Commands of blocks, each on one line."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").split("\n"):
            found = re.search(r"(?:^|[;|(] *)(nova-rft .*)", line)
            if found:
                yield re.split(r" [|>] | 2>|\)\"", found[1])[0]


def named(text: str) -> Iterator[str]:
    """Commands within a sentence, and outlines of commands: their words and options alone."""
    yield from (found.replace("\n", " ") for found in _INLINE.findall(text))
    yield from _INDENTED.findall(_BLOCK.sub("", text))


def known(line: str) -> None:
    """Resolves a command's words and options; of an outline what stands in brackets too.

    Raises:
        ValueError: there is no such command, or it has no such option.
    """
    words = re.split(r"[\s\[\]|]+", line.split(" # ")[0])[1:]
    command, rest = resolved([word for word in words if word])
    flags = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
    for word in rest:
        flag = word.split("=")[0].strip("().,;:'\"")
        if flag.startswith("--") and flag != "--help" and flag not in flags:
            raise ValueError(f"no option {flag}")


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what follows them.

    Raises:
        ValueError: there is none of that name.
    """
    command: Any = root()
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            if command is not root():
                # A group's own options: `nova-rft jobs --status Failed`.
                break
            words = words[2:] if words[0] == "--stage" else words[1:]
            continue
        if words[0] not in command.commands:
            raise ValueError(f"no command {words[0]}")
        command, words = command.commands[words[0]], words[1:]
    return command, words


@cache
def root() -> Any:
    """The whole command line."""
    return typer.main.get_command(app)
