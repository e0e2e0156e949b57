"""How far a deployment is, from the lines that the CDK prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

# `p-dev-reward: deploying... [2/3]`
_BEGINS: Final = re.compile(
    r"^(?P<stack>[\w-]+): (?:deploying|updating|creating)\.+ \[(?P<at>\d+)/(?P<of>\d+)\]"
)
# `p-dev-reward |  4 | 6:13:59 AM | CREATE_COMPLETE | ...`, with `4/9` where the CDK knows how many
_EVENT: Final = re.compile(
    r"^(?P<stack>[\w-]+) \| +(?P<done>\d+)(?:/(?P<all>\d+))? \| [^|]+\| (?P<state>\w+)"
)
_ENDS: Final = re.compile(r"^ ?✅ +(?P<stack>[\w-]+)(?P<how> \(no changes\))?$")


class Steps:
    """Turns the CDK's lines into sentences: which stack of how many, and how many resources of it."""

    def __init__(self, said: Callable[[str], None]) -> None:
        """Tells `said` each sentence; a line that says nothing about progress makes none."""
        self._said = said
        self._at = ""

    def line(self, line: str) -> None:
        """Reads the next line."""
        if begins := _BEGINS.match(line):
            self._at = f"{begins['stack']} ({begins['at']} of {begins['of']} stacks)"
            self._said(self._at)
        elif event := _EVENT.match(line):
            of = f" of {event['all']}" if event["all"] else ""
            where = self._at if self._at.startswith(event["stack"]) else event["stack"]
            self._said(f"{where}: {event['done']}{of} resources done")
        elif ends := _ENDS.match(line):
            self._said(f"{ends['stack']}: {'unchanged' if ends['how'] else 'deployed'}")
        elif line.startswith(("wheels ", "bootstrapping ", "Bundling ")):
            self._said(line)
