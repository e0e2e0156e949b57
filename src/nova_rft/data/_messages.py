"""Reading chat turns in the shapes that the services and their samples use."""

from __future__ import annotations

from typing import Any

from nova_rft.data._rollout import Message


class MalformedMessages(ValueError):
    """Turns that cannot be read: `path` says where, the text what is wrong."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(what)
        self.path = path


def read_messages(value: Any) -> tuple[Message, ...]:
    """Turns with their text; a turn's content is a string or a list of text blocks.

    Raises:
        MalformedMessages: the value is no list of turns with text.
    """
    if not isinstance(value, list):
        raise MalformedMessages("messages", "should be a list of turns with role and content")
    return tuple(_read_turn(turn, f"messages[{index}]") for index, turn in enumerate(value))


def _read_turn(turn: Any, path: str) -> Message:
    if not isinstance(turn, dict):
        raise MalformedMessages(path, "should be an object with role and content")
    role = turn.get("role")
    if not isinstance(role, str):
        raise MalformedMessages(f"{path}.role", "should be a word such as user or assistant")
    if turn.get("content") is None and turn.get("tool_calls"):
        # OpenAI's form of a turn that only calls tools.
        return Message(role, "")
    return Message(role, _read_content(turn.get("content"), f"{path}.content"))


def _read_content(content: Any, path: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise MalformedMessages(path, "should be a text or a list of text blocks")
    texts = []
    for index, block in enumerate(content):
        text = block.get("text") if isinstance(block, dict) else None
        if not isinstance(text, str):
            raise MalformedMessages(
                f"{path}[{index}]", "should be a text block; images and other media are not taken"
            )
        texts.append(text)
    return "".join(texts)
