"""From a file's bytes to documents: plain text or Markdown, cleaned."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from nova_rft.data._lines import loads
from nova_rft.data._open import opened
from nova_rft.data.source import Unread, record_source, suffix_of
from nova_rft.errors import UsageError

Format = Literal["auto", "text", "markdown", "html", "records"]
# Reasons for which there is no text to judge.
NOT_READ: Final = "not_read"
NO_TEXT: Final = "no_text"
_BY_SUFFIX: Final[dict[str, Format]] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".jsonl": "records",
    ".ndjson": "records",
    ".json": "records",
    ".csv": "records",
    ".tsv": "records",
    ".parquet": "records",
}
_FRAME: Final = [
    "head",
    "script",
    "style",
    "nav",
    "footer",
    "form",
    "noscript",
    "iframe",
    "svg",
    "template",
]
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_TRAILING: Final = re.compile(r"[ \t]+\n")


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Attributes:
        place: In its file: 0 where the file is the document, else the record's line.
        text: Cleaned; empty where there is none.
        dropped: Why it goes at once; empty where it stays.
    """

    place: int
    text: str
    dropped: str = ""


def documents(path: str | Path, kind: Format, field: str) -> Iterator[Document]:
    """The documents of one file; a record or file that cannot be read is one too, with its reason.

    Args:
        path: The file, on this machine.
        kind: What it holds.
        field: Where a record has its text.
    """
    known = _BY_SUFFIX.get(suffix_of(path), "text") if kind == "auto" else kind
    if known == "records":
        yield from _records(path, field)
        return
    try:
        with opened(path) as stream:
            text = stream.read().decode("utf-8-sig")
    except (UsageError, UnicodeDecodeError) as error:
        yield Document(0, str(error)[:200], NOT_READ)
        return
    yield _document(0, _from_html(text) if known == "html" else text)


def is_markdown(path: str | Path, kind: Format) -> bool:
    """Whether a file's text has headings and lists to cut at: Markdown, and HTML once it is read."""
    known = _BY_SUFFIX.get(suffix_of(path), "text") if kind == "auto" else kind
    return known in ("markdown", "html")


def clean(text: str) -> str:
    """The same text without control characters, in NFC, with single blank lines."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _TRAILING.sub("\n", _CONTROLS.sub("", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _records(path: str | Path, field: str) -> Iterator[Document]:
    try:
        for place, raw in record_source(path)():
            if not isinstance(raw, Unread) and raw.isspace():
                continue
            yield _of_record(place, raw, field)
    except UsageError as error:
        yield Document(0, str(error)[:200], NOT_READ)


def _of_record(place: int, raw: bytes | Unread, field: str) -> Document:
    if isinstance(raw, Unread):
        return Document(place, raw.what, NOT_READ)
    try:
        record = loads(raw.removeprefix(BOM_UTF8))
    except (ValueError, RecursionError) as error:
        return Document(place, f"not JSON: {error}", NOT_READ)
    text = record.get(field) if isinstance(record, dict) else None
    return _document(place, text) if isinstance(text, str) else Document(place, "", NO_TEXT)


def _document(place: int, text: str) -> Document:
    cleaned = clean(text)
    return Document(place, cleaned, "" if cleaned else NO_TEXT)


def _from_html(page: str) -> str:
    """The page as Markdown: headings, lists and tables kept, navigation and the like left out."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    soup = BeautifulSoup(page, "html.parser")
    for frame in soup(_FRAME):
        frame.decompose()
    # What a link or a picture points to is no text.
    converter = MarkdownConverter(heading_style="ATX", bullets="-", strip=["a", "img"])
    return str(converter.convert_soup(soup))
