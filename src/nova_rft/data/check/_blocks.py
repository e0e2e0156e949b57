"""Blocks of a conversation that are no text: tools and their results, images, videos, documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

# Path, rule and what is wrong.
Wrong = tuple[str, str, str]
MEDIA: Final = ("image", "video", "document")
_FORMATS: Final = {
    "image": ("gif", "jpeg", "png", "webp"),
    "video": ("mov", "mkv", "mp4", "webm"),
    "document": ("pdf",),
}
_MOST_IMAGES: Final = 10


def explain_media(content: Sequence[Any], path: str) -> Iterator[Wrong]:
    """What is wrong with the media of one turn, its blocks looked at together.

    Args:
        content: The turn's blocks.
        path: Where they are.
    """
    found = [
        (place, kind, block[kind])
        for place, block in enumerate(content)
        if isinstance(block, dict)
        for kind in MEDIA
        if kind in block
    ]
    kinds = {kind for _, kind, _ in found}
    if len(kinds) > 1:
        what = f"mixes {' and '.join(sorted(kinds))}; a turn takes one kind of media"
        yield path, "converse.media", what
    most = 1 if "video" in kinds else _MOST_IMAGES
    if len(found) > most:
        yield path, "converse.media", f"has {len(found)} of them; a turn takes {most}"
    for place, kind, given in found:
        yield from _medium(kind, given, f"{path}[{place}].{kind}")
    reasons = any(isinstance(block, dict) and "reasoningContent" in block for block in content)
    if found and reasons:
        yield path, "converse.media", "has media beside reasoning; reasoning goes with text alone"


def _medium(kind: str, given: Any, path: str) -> Iterator[Wrong]:
    given = given if isinstance(given, dict) else {}
    if given.get("format") not in _FORMATS[kind]:
        what = f"{given.get('format')!r} is not taken; use {', '.join(_FORMATS[kind])}"
        yield f"{path}.format", "converse.media", what
    source = given.get("source")
    at = source.get("s3Location") if isinstance(source, dict) else None
    uri = at.get("uri") if isinstance(at, dict) else None
    if not isinstance(uri, str) or not uri.startswith("s3://"):
        what = 'should be {"s3Location": {"uri": "s3://...", "bucketOwner": "..."}}'
        yield f"{path}.source", "converse.media", what


def explain_tool_config(given: Any) -> Iterator[Wrong]:
    """What is wrong with a record's `toolConfig`."""
    tools = given.get("tools") if isinstance(given, dict) else None
    if not isinstance(tools, list) or not tools:
        yield "toolConfig.tools", "converse.tools", "should be a list of tools; or leave it out"
        return
    names: set[str] = set()
    for place, tool in enumerate(tools):
        path = f"toolConfig.tools[{place}].toolSpec"
        spec = tool.get("toolSpec") if isinstance(tool, dict) else None
        spec = spec if isinstance(spec, dict) else {}
        for key in ("name", "description"):
            if not _is_text(spec.get(key)):
                yield f"{path}.{key}", "converse.tools", "is missing or empty; write a text"
        schema = spec.get("inputSchema")
        schema = schema.get("json") if isinstance(schema, dict) else None
        if not isinstance(schema, dict) or "type" not in schema:
            what = 'should be {"json": ...} with a JSON Schema that has a type'
            yield f"{path}.inputSchema", "converse.tools", what
        if spec.get("name") in names:
            what = f"{spec['name']!r} is also the name of another tool"
            yield f"{path}.name", "converse.tools", what
        names.add(str(spec.get("name")))


def explain_tool_use(messages: Sequence[Any], config: Any) -> Iterator[Wrong]:
    """What is wrong with the calls of a conversation and their results, followed through its turns."""
    names = _names(config)
    asked: dict[str, bool] = {}
    for path, role, kind, block in _tool_blocks(messages):
        given = block if isinstance(block, dict) else {}
        identity = given.get("toolUseId")
        if role != ("assistant" if kind == "toolUse" else "user"):
            yield path, "converse.tools", f"stands in the {role}'s turn; take it out"
        if not _is_text(identity):
            yield f"{path}.toolUseId", "converse.tools", "is missing or empty; write a text"
            continue
        yield from (_call if kind == "toolUse" else _result)(path, given, str(identity), asked)
        if kind == "toolUse" and names is not None and given.get("name") not in names:
            what = f"{given.get('name')!r} is no tool of toolConfig"
            yield f"{path}.name", "converse.tools", what


def _call(
    path: str, given: Mapping[str, Any], identity: str, asked: dict[str, bool]
) -> Iterator[Wrong]:
    if identity in asked:
        yield f"{path}.toolUseId", "converse.tools", f"{identity!r} names another call already"
    asked[identity] = False
    if not _is_text(given.get("name")):
        yield f"{path}.name", "converse.tools", "is missing or empty; write the tool's name"
    if not isinstance(given.get("input"), dict):
        yield f"{path}.input", "converse.tools", "should be an object"


def _result(
    path: str, given: Mapping[str, Any], identity: str, asked: dict[str, bool]
) -> Iterator[Wrong]:
    if asked.get(identity) is not False:
        why = "has a result already" if identity in asked else "names no call before it"
        yield f"{path}.toolUseId", "converse.tools", f"{identity!r} {why}"
    asked[identity] = True
    content = given.get("content")
    if not isinstance(content, list) or not content:
        yield f"{path}.content", "converse.tools", 'should be a list of {"text"} or {"json"}'
        return
    for place, one in enumerate(content):
        if not isinstance(one, dict) or ("text" in one) == ("json" in one):
            what = "should have either a text or a json"
            yield f"{path}.content[{place}]", "converse.tools", what


def _names(config: Any) -> set[str] | None:
    """Names of the tools; None where they are not all told, which is said elsewhere."""
    tools = config.get("tools") if isinstance(config, dict) else None
    specs = [one.get("toolSpec") for one in tools or () if isinstance(one, dict)]
    names = [spec.get("name") for spec in specs if isinstance(spec, dict)]
    return {str(name) for name in names} if names and all(map(_is_text, names)) else None


def _tool_blocks(messages: Sequence[Any]) -> Iterator[tuple[str, Any, str, Any]]:
    for turn_place, turn in enumerate(messages):
        content = turn.get("content") if isinstance(turn, dict) else None
        for place, block in enumerate(content if isinstance(content, list) else ()):
            for kind in ("toolUse", "toolResult"):
                if isinstance(block, dict) and kind in block:
                    path = f"messages[{turn_place}].content[{place}].{kind}"
                    yield path, turn.get("role"), kind, block[kind]


def explain_functions(tools: Any) -> Iterator[Wrong]:
    """What is wrong with the `tools` of an RFT record, as OpenAI's chat has them."""
    if not isinstance(tools, list):
        yield "tools", "rft.tools", "should be a list of functions; or leave it out"
        return
    names: set[str] = set()
    for place, tool in enumerate(tools):
        path = f"tools[{place}]"
        given = tool if isinstance(tool, dict) else {}
        function = given.get("function")
        if given.get("type") != "function" or not isinstance(function, dict):
            yield path, "rft.tools", 'should be {"type": "function", "function": {...}}'
            continue
        for key in ("name", "description"):
            if not _is_text(function.get(key)):
                yield f"{path}.function.{key}", "rft.tools", "is missing or empty; write a text"
        schema = function.get("parameters")
        properties = schema.get("properties") if isinstance(schema, dict) else None
        kind = schema.get("type") if isinstance(schema, dict) else None
        if not isinstance(properties, dict) or kind != "object":
            what = "should be a JSON Schema of type object, with properties"
            yield f"{path}.function.parameters", "rft.tools", what
        if function.get("name") in names:
            what = f"{function['name']!r} is also the name of another function"
            yield f"{path}.function.name", "rft.tools", what
        names.add(str(function.get("name")))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
