"""Where a job's rollouts come from: a setting of the embedded AWS, unknown to spec and client."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any, Final, Protocol

from nova_rft.data import MalformedMessages, Message, json_lines, read_bytes_lines, read_messages
from nova_rft.errors import UsageError

TINY: Final = "tiny"


class PolicyFailed(Exception):
    """The policy cannot do what the job asks; the message becomes the job's failureMessage."""


class Replayed(Protocol):
    """What has its rollouts ready."""

    @property
    def kind(self) -> str:
        """One word for tags: `recorded`."""
        ...

    def rollouts(self, prompt: tuple[Message, ...], samples: int | None) -> list[str]:
        """Responses to one prompt: so many, or, where the job cannot say, as many as it likes.

        Raises:
            PolicyFailed: it has none, or not so many.
        """
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """What is really trained, in a process of its own.

    Attributes:
        place: `tiny`, or the folder of a Hugging Face model.
        kept: Where warmed-up weights of `tiny` lie.
    """

    place: str
    kept: Path

    @property
    def kind(self) -> str:
        """One word for tags: `tiny` or `folder`."""
        return TINY if self.place == TINY else "folder"


Policy = Replayed | Trained


def policy(setting: str | None, kept: Path) -> Policy:
    """The policy that a setting names: `tiny`, `recorded:FILE`, or a folder that holds a model.

    Args:
        setting: As `local up` was given it.
        kept: Where warmed-up weights lie.

    Raises:
        UsageError: the setting has another form, or what it names cannot be read.
    """
    if setting is None:
        return _NoPolicy()
    kind, _, value = setting.partition(":")
    if kind == "recorded" and value:
        return RecordedPolicy(Path(value))
    if setting == TINY:
        return Trained(TINY, kept)
    folder = Path(setting).absolute()
    if not (folder / "config.json").is_file():
        raise UsageError(
            f"--policy {setting}: no folder that holds a Hugging Face model; use tiny, such a folder, "
            "or recorded:FILE"
        )
    return Trained(str(folder), kept)


class _NoPolicy:
    kind = "none"

    def rollouts(self, prompt: tuple[Message, ...], samples: int | None) -> list[str]:
        raise PolicyFailed(
            "the embedded AWS has no policy to draw rollouts from; start it with one: "
            "nova-rft local up --policy tiny, or --policy recorded:FILE"
        )


class RecordedPolicy:
    """Replays the rollouts that were recorded for exactly the same prompt; trains nothing."""

    kind = "recorded"

    def __init__(self, file: Path) -> None:
        """Reads the recording: JSON Lines of items whose last turn is the rollout.

        Raises:
            UsageError: the file is missing or a line is no such item.
        """
        self._file = file
        self._responses: dict[tuple[Message, ...], list[str]] = {}
        for line in json_lines(read_bytes_lines(file)):
            turns = _turns(line.value)
            if line.problem or not turns or turns[-1].role != "assistant":
                raise UsageError(
                    f"{file}:{line.number}: {line.problem or 'no item with messages'}; "
                    "a recording holds items whose last turn is the assistant's"
                )
            self._responses.setdefault(turns[:-1], []).append(turns[-1].text)

    def rollouts(self, prompt: tuple[Message, ...], samples: int | None) -> list[str]:
        """The recorded responses, if there are exactly so many; all of them where none are counted."""
        found = self._responses.get(prompt)
        start = shorten(prompt[-1].text, 60, placeholder=" …") if prompt else ""
        if found is None:
            raise PolicyFailed(
                f"no rollouts were recorded in {self._file.name} for the prompt {start!r}; it holds "
                f"{len(self._responses):,} other prompts: train on those, or start the embedded AWS "
                "with a policy that answers any: --policy tiny"
            )
        if samples is not None and len(found) != samples:
            raise PolicyFailed(
                f"trainingSamplePerPrompt is {samples}, but {len(found)} rollouts were recorded "
                f"for the prompt {start!r}; set samples_per_prompt to {len(found)}"
            )
        return found


def _turns(item: Any) -> tuple[Message, ...]:
    try:
        return read_messages(item.get("messages")) if isinstance(item, dict) else ()
    except MalformedMessages:
        return ()
