"""Files of reward events: cut into events, never through a group, read in two flat passes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nova_rft.data import Line, Rollout, json_lines, loads, read_bytes_lines
from nova_rft.errors import UsageError
from nova_rft.reward._event import Item, read_event, read_item
from nova_rft.reward._trace import as_item, is_trace, read_trace


def read_events(path: str | Path, size: int) -> Iterator[list[Item]]:
    """The events of a file, in order, read; see `read_raw_events`."""
    for event in _cut(path, size):
        yield [item for item, _ in event]


def read_raw_events(path: str | Path, size: int) -> Iterator[list[Any]]:
    """The events of a file, in order, as a trainer would send them.

    A JSON list is one event list, JSON Lines hold one item each (or a list of items); rows of the
    traces stand for the items that they were scored from. Both are cut after at least `size` items,
    at the next place where no group is open, so that siblings are always scored together.

    Raises:
        UsageError: the file is missing, or a line is not JSON (named by its number).
    """
    for event in _cut(path, size):
        yield [as_item(raw) if is_trace(raw) else raw for _, raw in event]


def read_items(path: str | Path) -> Iterator[tuple[Item, Any]]:
    """Every item of a file, read, beside what stands there: an item of an event or a row of the traces.

    Raises:
        UsageError: the file is missing, or a line is not JSON (named by its number).
    """
    return _items(path)


def read_raw_items(path: str | Path) -> Iterator[tuple[Item, Any]]:
    """Every item of a file, read, beside what a trainer would send of it.

    Raises:
        UsageError: the file is missing, or a line is not JSON (named by its number).
    """
    for item, raw in _items(path):
        yield item, as_item(raw) if is_trace(raw) else raw


def _cut(path: str | Path, size: int) -> Iterator[list[tuple[Item, Any]]]:
    last_of = _last_of_each_group(path)
    event: list[tuple[Item, Any]] = []
    open_until = -1
    for place, (item, raw) in enumerate(_items(path)):
        event.append((item, raw))
        if isinstance(item, Rollout):
            open_until = max(open_until, last_of.get(_key(item), place))
        if len(event) >= size and place >= open_until:
            yield event
            event = []
    if event:
        yield event


def _last_of_each_group(path: str | Path) -> dict[int, int]:
    items = enumerate(_items(path))
    return {_key(item): place for place, (item, _) in items if isinstance(item, Rollout)}


def _key(rollout: Rollout) -> int:
    # Two groups that share a checksum are merely not cut apart.
    return zlib.crc32(rollout.group.encode("utf-8", "surrogatepass"))


def _items(path: str | Path) -> Iterator[tuple[Item, Any]]:
    lines = json_lines(read_bytes_lines(path))
    first = next(lines, None)
    if first is None:
        raise UsageError(f"{path}: holds no reward events; name a JSON list or JSON Lines")
    if first.problem and _is_list(path):
        yield from _both(_whole(path))
        return
    for line in _chain(first, lines):
        if line.problem:
            raise UsageError(f"{path}:{line.number}: {line.problem}")
        if _is_event(line.value):
            yield from _both(line.value)
        else:
            yield _read(line.value), line.value


def _both(event: Any) -> Iterator[tuple[Item, Any]]:
    items = read_event(event)
    for item, raw in zip(
        items, event["trajectories"] if isinstance(event, dict) else event, strict=True
    ):
        yield read_trace(raw) if is_trace(raw) else item, raw


def _read(raw: Any) -> Item:
    return read_trace(raw) if is_trace(raw) else read_item(raw)


def _chain(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _is_event(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and "trajectories" in value)


def _is_list(path: str | Path) -> bool:
    """Whether a file that is no JSON Lines begins like a JSON document over several lines."""
    for raw in read_bytes_lines(path):
        if raw.strip():
            return raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
    return False


def _whole(path: str | Path) -> Any:
    try:
        return loads(b"".join(read_bytes_lines(path)).removeprefix(b"\xef\xbb\xbf"))
    except json.JSONDecodeError as error:
        what = f"{error.msg.removesuffix(' at')} at column {error.colno}"
        place = f"{path}:{error.lineno}"
    except (ValueError, RecursionError) as error:
        place, what = str(path), str(error)
    raise UsageError(f"{place}: not JSON: {what}; name a JSON list or JSON Lines")
