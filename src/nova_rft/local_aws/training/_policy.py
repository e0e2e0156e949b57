"""Where a job's rollouts come from: a setting of the embedded AWS, unknown to spec and client."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from nova_rft.data import MalformedMessages, Message, json_lines, read_bytes_lines, read_messages
from nova_rft.errors import UsageError


class PolicyFailed(Exception):
    """The policy cannot do what the job asks; the message becomes the job's failureMessage."""


class Policy(Protocol):
    """What plays the model under training."""

    @property
    def kind(self) -> str:
        """One word for tags: `recorded`."""
        ...

    def rollouts(self, prompt: tuple[Message, ...], samples: int | None) -> list[str]:
        """Responses to one prompt: so many, or where the service chooses (None) as many as there are.

        Raises:
            PolicyFailed: it has none, or not so many.
        """
        ...


def policy(setting: str | None) -> Policy:
    """The policy that a setting names: `recorded:FILE`.

    Raises:
        UsageError: the setting has another form, or its file cannot be read.
    """
    if setting is None:
        return _NoPolicy()
    kind, _, value = setting.partition(":")
    if kind != "recorded" or not value:
        raise UsageError(f"--policy {setting}: unknown form; use recorded:FILE")
    return RecordedPolicy(Path(value))


class _NoPolicy:
    kind = "none"

    def rollouts(self, prompt: tuple[Message, ...], samples: int | None) -> list[str]:
        raise PolicyFailed(
            "the embedded AWS has no policy to draw rollouts from; start it with one: "
            "nova-rft local up --policy recorded:FILE"
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
        """The recorded responses, if there are exactly so many."""
        found = self._responses.get(prompt)
        start = prompt[-1].text[:60] if prompt else ""
        if found is None:
            raise PolicyFailed(
                f"no rollouts were recorded in {self._file.name} for the prompt {start!r}; "
                "train on the prompts of the recording"
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
