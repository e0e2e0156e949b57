"""Which variants were held against which labels: every look makes luck likelier."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nova_rft.calibrate.labels import Labels
from nova_rft.errors import UsageError
from nova_rft.spec import digest


class Looks:
    """A file with one line for each look at labels."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self._path = path

    def count(self, labels: Labels, look: Any) -> int:
        """How many looks there were at these labels, this one included; notes it.

        Args:
            labels: The whole file, so that another split of it is no new start.
            look: What was held against which of them; the same again is no new look.

        Raises:
            UsageError: the file holds something else.
        """
        these, this = labels_digest(labels), digest(look)
        known = {one for others, one in self._lines() if others == these}
        if this not in known:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"labels": these, "look": this}) + "\n")
        return len(known | {this})

    def _lines(self) -> Iterator[tuple[str, str]]:
        if not self._path.exists():
            return
        for number, line in enumerate(self._path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                found = json.loads(line)
                yield str(found["labels"]), str(found["look"])
            except (ValueError, KeyError, TypeError):
                raise UsageError(
                    f"{self._path}:{number}: is no note of a refinement; remove the file"
                ) from None


def labels_digest(labels: Labels) -> str:
    """Of what people said of what, whatever the file is called and what else it holds."""
    return digest(
        sorted(
            digest([row.prompt_text, row.responses, {n: list(s) for n, s in row.human.items()}])
            for row in labels.rows
        )
    )
