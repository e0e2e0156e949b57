"""`make demo`: the main job from records to report, on an embedded AWS, without credentials.

Every step is a command that you can type yourself; this file only types them in order.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = "examples/gsm8k-math/nova-rft.yaml"
ROLLOUTS = "examples/gsm8k-math/data/rollouts.jsonl.gz"
REPORT = ".nova-rft/demo/report.html"
PROGRAM = str(Path(sys.executable).with_name("nova-rft"))


def main() -> int:
    """Runs the commands; the first that fails ends the demo with its exit status."""
    os.chdir(ROOT)
    # A home of its own, so that an embedded AWS that you keep running is left alone.
    environment = {**os.environ, "NOVA_RFT_HOME": ".nova-rft/demo"}
    started = time.monotonic()
    try:
        run("local", "up", "--policy", f"recorded:{ROLLOUTS}", environment=environment)
        environment |= json.loads(output("local", "env", "--json", environment=environment))
        run("check", SPEC, environment=environment)
        run("deploy", SPEC, environment=environment)
        run("submit", SPEC, environment=environment)
        run("watch", "--spec", SPEC, "--every", "1", environment=environment)
        run("report", SPEC, "--out", REPORT, environment=environment)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    except KeyboardInterrupt:
        return 130
    finally:
        subprocess.run([PROGRAM, "local", "down"], env=environment, check=False)
    say(f"Done in {time.monotonic() - started:.0f} s. Open {ROOT / REPORT}")
    return 0


def run(*arguments: str, environment: dict[str, str]) -> None:
    """Shows a command and runs it."""
    say(f"$ nova-rft {' '.join(arguments)}")
    subprocess.run([PROGRAM, *arguments], env=environment, check=True)


def output(*arguments: str, environment: dict[str, str]) -> str:
    """Standard output of a command."""
    done = subprocess.run(
        [PROGRAM, *arguments], env=environment, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode()


def say(text: str) -> None:
    """A line that stands out, in the order of the commands' own."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
