"""`make demo`: a policy that learns by a job on an embedded AWS, and a flawed reward that is found out.

Without credentials and without a download of any model. Every step is a command that you can type
yourself; this file only types them in order.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = "examples/arithmetic/nova-rft.yaml"
FLAWED = "examples/arithmetic/flawed.yaml"
REPORT = ".nova-rft/demo/report.html"
REHEARSAL = ".nova-rft/demo/rehearsal.html"
PROGRAM = str(Path(sys.executable).with_name("nova-rft"))
# Exit status of `rehearse` where it calls a reward hacked: here that is what is wanted.
HACKED = 1


def main() -> int:
    """Runs the commands; the first that fails ends the demo with its exit status."""
    os.chdir(ROOT)
    # A home of its own, so that an embedded AWS that you keep running is left alone.
    environment = {**os.environ, "NOVA_RFT_HOME": ".nova-rft/demo"}
    started = time.monotonic()
    try:
        a_job(environment)
        a_flaw(environment)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    except KeyboardInterrupt:
        return 130
    finally:
        subprocess.run([PROGRAM, "local", "down"], env=environment, check=False)
    say(f"Done in {time.monotonic() - started:.0f} s. Open")
    print(f"{ROOT / REPORT}\n{ROOT / REHEARSAL}", flush=True)
    return 0


def a_job(environment: dict[str, str]) -> None:
    """The main job from records to report; a tiny policy is trained where Nova would be."""
    run("local", "up", "--policy", "tiny", environment=environment)
    environment |= json.loads(output("local", "env", "--json", environment=environment))
    run("check", SPEC, environment=environment)
    run("deploy", SPEC, environment=environment)
    run("submit", SPEC, environment=environment)
    say("The tiny policy is made and warmed up first; until then nothing is scored.")
    run("watch", "--spec", SPEC, "--every", "1", environment=environment)
    run("report", SPEC, "--out", REPORT, environment=environment)


def a_flaw(environment: dict[str, str]) -> None:
    """The same task with a reward that pays for words; nothing is submitted."""
    say("Now a reward that also pays for words. What would it have taught?")
    asked = ("--policy", "tiny", "--steps", "40", "--out", REHEARSAL)
    run("rehearse", FLAWED, *asked, environment=environment, status=HACKED)


def run(*arguments: str, environment: dict[str, str], status: int = 0) -> None:
    """Shows a command and runs it; any other exit status than the one that is expected ends the demo."""
    say(f"$ nova-rft {' '.join(arguments)}")
    with subprocess.Popen([PROGRAM, *arguments], env=environment) as child:
        try:
            ended = child.wait()
        except KeyboardInterrupt:
            # It was interrupted too, and sets the terminal right before it ends.
            child.wait()
            raise
    if ended != status:
        raise subprocess.CalledProcessError(ended or 1, arguments[0])


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
