"""What a row depends on beside its items: the reward, what lies beside it, and the code that scores."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import nova_rft
from nova_rft.spec import RewardSpec, digest, reward_files, reward_modules


def identity_here(reward: RewardSpec, folder: Path) -> str:
    """Of a reward that this package scores.

    Args:
        reward: Resolved, with the judges that are asked.
        folder: Where the files and modules lie that it names.
    """
    return digest([digest(reward), nova_rft.__version__, list(_content(reward, folder))])


def identity_deployed(reward_digest: str, version: str) -> str:
    """Of a published version of the reward Lambda.

    Args:
        reward_digest: Of the reward that it was deployed with.
        version: Its ARN.
    """
    return digest([reward_digest, version])


def _content(reward: RewardSpec, folder: Path) -> Iterator[str]:
    for name in reward_files(reward):
        yield _digest(folder / name)
    for name in reward_modules(reward.terms):
        module = folder / f"{name}.py"
        found = [module] if module.is_file() else sorted((folder / name).rglob("*.py"))
        yield from map(_digest, found)


def _digest(file: Path) -> str:
    # What is missing is said where it is needed.
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
