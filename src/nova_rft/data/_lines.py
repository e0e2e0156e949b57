"""Reading JSON Lines one line at a time: flat memory, no line skipped, broken ones named."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from nova_rft.data._open import opened


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number from 1, and its value, or what is wrong with it."""

    number: int
    value: Any
    problem: str = ""


def read_bytes_lines(path: str | Path) -> Iterator[bytes]:
    """The file's lines as bytes, decompressed where the name ends in `.gz` or `.zst`.

    Raises:
        UsageError: the file is missing, unreadable, or not compressed as its name says.
    """
    with opened(path) as stream:
        yield from stream


def json_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Each line that is not blank, decoded; a broken one comes with its problem."""
    for number, raw in enumerate(lines, start=1):
        if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
            raw = raw[3:]
        if not raw.strip():
            continue
        try:
            yield Line(number, loads(raw.rstrip(b"\r\n")))
        except UnicodeDecodeError as error:
            problem = f"not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8"
            yield Line(number, None, problem)
        except (ValueError, RecursionError) as error:
            yield Line(number, None, f"not JSON: {_reason(error)}; write one object a line")


def loads(raw: bytes | str, *, unique_keys: bool = False) -> Any:
    """Strict JSON: NaN, Infinity and numbers too large to be finite are refused.

    Args:
        raw: The text.
        unique_keys: Refuse an object that has a key twice, of which JSON says nothing.

    Raises:
        ValueError: the text is not JSON.
    """
    text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    pairs = _unique if unique_keys else None
    return json.loads(
        text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=pairs
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
