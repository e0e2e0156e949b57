"""The wheelhouse: wheels for the reward Lambda, fetched once; bundling reads nothing else.

Run as `python wheelhouse.py FOLDER [--target arm64|host|check]`; without a target it fetches all. Each
target has a folder whose name holds the digest of the pins. It appears whole or not at all, so a
folder that exists is complete. Where pip fetches from is pip's own configuration.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REQUIREMENTS: Final = Path(__file__).with_name("lambda-requirements.txt")
_GROUP: Final = "# group: "


class WheelhouseError(ValueError):
    """The wheels cannot be fetched; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the wheels are for.

    Attributes:
        name: `arm64` (Lambda in AWS), `host` (this machine's Python and processor) or `check`
            (Lambda's Python on this machine's processor, for tests).
        python: Python's version, such as `3.13`.
        machine: The processor as Lambda names it, `arm64` or `x86_64`.
        platforms: Platform tags for pip; empty where pip may choose for this machine.
    """

    name: str
    python: str
    machine: str
    platforms: tuple[str, ...]

    @property
    def tag(self) -> str:
        """Short name of the folder of wheels, such as `arm64-cp313`."""
        return f"{self.machine}-cp{self.python.replace('.', '')}"

    @property
    def pip_options(self) -> list[str]:
        """What tells pip to choose wheels for this target."""
        if not self.platforms:
            return ["--only-binary=:all:"]
        tags = [f"--platform={platform}" for platform in self.platforms]
        python = ["--implementation=cp", f"--python-version={self.python}"]
        return [*tags, *python, "--only-binary=:all:"]


def _this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


# Lambda's python3.13 stands on Amazon Linux 2023, whose glibc is 2.34.
ARM64: Final = Target("arm64", "3.13", "arm64", ("manylinux2014_aarch64", "manylinux_2_28_aarch64"))


def host() -> Target:
    """The target that is this machine: for the embedded AWS, which runs the Lambda here."""
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    return Target("host", _this_python(), machine, ())


def check() -> Target:
    """Lambda's Python on this machine's processor: what tests can run without being Lambda."""
    arch = {"arm64": "aarch64"}.get(host().machine, host().machine)
    tags = tuple(tag.replace("aarch64", arch) for tag in ARM64.platforms)
    return Target("check", ARM64.python, host().machine, tags)


def target(name: str) -> Target:
    """The target that a Lambda is deployed for.

    Raises:
        WheelhouseError: there is none of that name.
    """
    if name == ARM64.name:
        return ARM64
    if name == "host":
        return host()
    raise WheelhouseError(f"the Lambda target {name!r} is unknown; use arm64 or host")


def pins(groups: list[str]) -> list[str]:
    """The pinned requirements of some groups, in the order of the file."""
    chosen: list[str] = []
    group = ""
    for line in REQUIREMENTS.read_text().splitlines():
        if line.startswith(_GROUP):
            group = line.removeprefix(_GROUP).strip()
        elif line and not line.startswith("#") and group in groups:
            chosen.append(line.strip())
    return chosen


def folder(wheelhouse: Path, wanted: Target) -> Path:
    """Where a target's wheels are, or would be."""
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    return wheelhouse / f"{_stem(wanted)}-{pinned}"


def _stem(wanted: Target) -> str:
    return f"{wanted.name}-{wanted.tag.removeprefix(wanted.name).lstrip('-')}"


def fill(wheelhouse: Path, wanted: Target) -> bool:
    """Fetches a target's wheels; False when they were there.

    Raises:
        WheelhouseError: pip could not fetch them.
    """
    place = folder(wheelhouse, wanted)
    if place.is_dir():
        return False
    wheelhouse.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheelhouse, prefix=".partial-") as partial:
        _download(Path(partial), wanted)
        whole = Path(partial) / "wheels"
        try:
            whole.rename(place)
        except OSError:
            # Another run was faster.
            if not place.is_dir():
                raise
    for old in wheelhouse.glob(f"{_stem(wanted)}-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    return True


def _download(partial: Path, wanted: Target) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--dest", str(partial / "wheels"), *wanted.pip_options]
    done = subprocess.run(  # noqa: S603 - our own Python and its pip
        [*command, "--requirement", str(REQUIREMENTS)], capture_output=True, text=True
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
        errors = [line for line in said if line.startswith("ERROR")] or said
        raise WheelhouseError(
            f"pip could not fetch the Lambda's wheels for {wanted.tag} ({errors[-1].strip()}); "
            "check the network and pip's configuration, then run it again"
        )


def main() -> int:
    """Fetches what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(description="Fetch the reward Lambda's wheels.")
    parser.add_argument("folder", type=Path, help="the wheelhouse")
    known = {wanted.name: wanted for wanted in (ARM64, host())}
    if sys.platform == "linux":
        known |= {"check": check()}
    parser.add_argument("--target", choices=list(known), help="only this one")
    arguments = parser.parse_args()
    for name in [arguments.target] if arguments.target else list(known):
        wanted = known[name]
        try:
            fetched = fill(arguments.folder, wanted)
        except (WheelhouseError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        state = "fetched" if fetched else "complete"
        print(f"wheels for {wanted.tag}: {state}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
