"""The manual's blocks: read from a page, run in a shell, and held against what the page shows.

A block of `sh` is run as it stands, in the page's order, by one shell. Where a block of `text` follows,
that is what was printed (both streams), line by line; `…` in a line stands for anything in it, alone it
stands for any lines. A line that ends in `# exit status N` is meant to end so; every other with 0.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support import PROGRAM, preloaded

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
_FENCE: Final = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_STATUS: Final = re.compile(r"# exit status (\d+)$")
_ANY: Final = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """What is typed, and what the page says is seen then.

    Attributes:
        line: Where it begins in the page, from 1.
        text: What is typed.
        shown: What is printed; None where the page does not say.
    """

    line: int
    text: str
    shown: str | None

    @property
    def status(self) -> int:
        """The exit status that the block is meant to have."""
        found = _STATUS.search(self.text.strip())
        return int(found[1]) if found else 0


def blocks(page: Path) -> list[Block]:
    """The page's blocks of `sh`, in order."""
    text = page.read_text(encoding="utf-8")
    fences = list(_FENCE.finditer(text))
    found = []
    for fence, after in zip(fences, [*fences[1:], None], strict=True):
        if fence[1] != "sh":
            continue
        shows = (
            after is not None
            and after[1] == "text"
            and not text[fence.end() : after.start()].strip()
        )
        shown = after[2] if after is not None and shows else None
        found.append(Block(text.count("\n", 0, fence.start()) + 1, fence[2], shown))
    return found


def run_page(
    page: Path,
    folder: Path,
    *,
    skip: Callable[[Block], bool] = lambda _: False,
    environment: Mapping[str, str] | None = None,
    program: Path | None = None,
) -> int:
    """Runs a page's blocks in a folder and says how many; a block that the page tells otherwise fails.

    Args:
        page: The page.
        folder: Where the shell begins.
        skip: Blocks that are left out.
        environment: Beside this process's own.
        program: A folder whose `nova-rft` is called; left out, the program as it is installed.
    """
    with Shell(folder, environment or {}, program) as shell:
        done = 0
        for block in blocks(page):
            if skip(block):
                continue
            printed, status = shell.run(block.text)
            where = f"{page.name}:{block.line}: {block.text.strip()}"
            assert status == block.status, f"{where}\nexit status {status}\n{printed}"
            if block.shown is not None:
                assert seen(block.shown, printed), (
                    f"{where}\nthe page shows\n{block.shown}\nbut it was\n{printed}"
                )
            done += 1
    return done


def seen(shown: str, printed: str) -> bool:
    """Whether what was printed is what is shown, but for what `…` stands for."""
    lines = [
        r"(?:[^\n]*\n)*?"
        if line.strip() == _ANY
        else "[^\n]*?".join(re.escape(part) for part in line.rstrip().split(_ANY)) + r"[ ]*\n"
        for line in shown.strip("\n").split("\n")
    ]
    return re.fullmatch("".join(lines), printed.strip("\n") + "\n") is not None


class Shell:
    """One bash from a page's first block to its last; the program of this tree is on its path."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], program: Path | None = None
    ) -> None:
        """Starts it."""
        first = [str(program)] if program else []
        path = os.pathsep.join([*first, str(Path(sys.executable).parent), os.environ["PATH"]])
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env={
                **os.environ,
                "PATH": path,
                "COLUMNS": "100",
                "NOVA_RFT_WHEELHOUSE": str(ROOT / ".wheelhouse"),
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Shell:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self._bash.kill()
        self._bash.communicate()

    def run(self, text: str) -> tuple[str, int]:
        """What a block printed, and the exit status of the last of its commands that failed; else 0."""
        end = secrets.token_hex(8)
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"failed=0; trap 'failed=$?' ERR\n{{\n{text}}} < /dev/null\n")
        self._bash.stdin.write(f"printf '\\n{end} %s\\n' $failed\n")
        self._bash.stdin.flush()
        return self._until(end)

    def _until(self, end: str) -> tuple[str, int]:
        lines: list[str] = []
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            if line.startswith(end):
                return "".join(lines).rstrip("\n") + "\n", int(line.split()[1])
            lines.append(line)
        raise AssertionError(f"the shell ended: {''.join(lines)}")


_QUICK: Final = """\
#!{python} -IS
import json, os, socket, sys

asked = {{
    "command": [{program!r}, *sys.argv[1:]],
    "folder": os.getcwd(),
    "environment": dict(os.environ),
}}
sent = json.dumps(asked).encode()
with socket.socket(socket.AF_UNIX) as wire:
    wire.connect({calls!r})
    socket.send_fds(wire, [b"%010d" % len(sent)], [0, 1, 2])
    wire.sendall(sent)
    with wire.makefile() as told:
        told.readline()
        sys.exit(int(told.readline()))
"""


def quick_program(folder: Path) -> Path:
    """A folder with a `nova-rft` that is run by a process that has imported before (`preloaded.py`)."""
    folder.mkdir()
    file = folder / "nova-rft"
    file.write_text(
        _QUICK.format(python=sys.executable, program=PROGRAM, calls=str(preloaded())),
        encoding="utf-8",
    )
    file.chmod(0o755)
    return folder
