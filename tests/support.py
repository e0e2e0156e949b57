"""What several tests use: the example, the program, an embedded AWS and how to run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft import local_aws

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "gsm8k-math"
PROGRAM = str(Path(sys.executable).with_name("nova-rft"))

MakeProject = Callable[..., Path]


@dataclass(frozen=True)
class Cloud:
    """An embedded AWS with the example's stacks in it."""

    environment: dict[str, str]
    home: Path

    def run(
        self, *arguments: str, folder: Path = ROOT, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs the command line as a user would."""
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=folder,
            env={**self.environment, **extra},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )


def stdout_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Standard output as the one JSON document that it should be."""
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def own_cloud(home: Path, policy: str | None) -> Cloud:
    """Starts an embedded AWS in a home; the caller ends it."""
    running = local_aws.up(home, policy=policy)
    return Cloud(
        {
            **os.environ,
            **local_aws.environment(running.endpoint),
            "NOVA_RFT_HOME": str(home),
            "NOVA_RFT_WHEELHOUSE": os.environ.get("NOVA_RFT_WHEELHOUSE", str(ROOT / ".wheelhouse")),
            "COLUMNS": "80",
        },
        home,
    )
