"""Uploaded files: checked as records, kept whole, in memory."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data import Asked as AskedOfRecords
from nova_rft.data import check_records_of
from nova_rft.local_aws._protocol import Response
from nova_rft.local_aws.mantle._wire import Asked, Refused, answer

_PURPOSE: Final = "fine-tune"
# List files, OpenAI's API reference (2026-11-23).
_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Stored:
    """One file: the object that shows it, and its content."""

    shown: Mapping[str, Any]
    content: bytes

    @property
    def id(self) -> str:
        """The file's id."""
        return str(self.shown["id"])

    def problem(self, model: str | None = None, *, training: bool) -> str | None:
        """What makes it unusable as records for RFT, or None.

        Args:
            model: The model that is to learn from it, where that is known.
            training: Whether its size is bounded, as a training set's is.
        """
        lines = self.content.splitlines(keepends=True)
        asked = AskedOfRecords("rft", model, "bedrock-openai", training=training)
        found = check_records_of(
            lambda: enumerate(lines, start=1), str(self.shown["filename"]), asked
        ).findings
        errors = [finding for finding in found if finding.severity == "error"]
        return f"{errors[0]} (errors in all: {len(errors)})" if errors else None


class Files:
    """The Files API, as far as fine-tuning needs it."""

    def __init__(self) -> None:
        self._known: dict[str, Stored] = {}
        self._lock = threading.Lock()

    def create(self, asked: Asked) -> Response:
        """Keeps a file of records.

        What is no record is refused at once, as OpenAI refuses a file that is no JSON Lines; how many
        there must be depends on what a job uses it for, and is checked there.
        """
        fields, name, content = asked.upload()
        if fields.get("purpose") != _PURPOSE:
            raise Refused(400, f"purpose must be {_PURPOSE}", param="purpose")
        if not content.strip():
            raise Refused(400, f"{name}: the file is empty", code="empty_file", param="file")
        shown = {
            "id": f"file-{uuid.uuid4()}",
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": _PURPOSE,
            "status": "processed",
            "expires_at": None,
            "status_details": None,
        }
        file = Stored(shown, content)
        problem = file.problem(training=False)
        if problem:
            raise Refused(400, problem, code="invalid_file_format", param="file")
        with self._lock:
            self._known[file.id] = file
        return answer(shown)

    def find(self, identifier: str) -> Stored | None:
        """A file by its id."""
        with self._lock:
            return self._known.get(identifier)

    def page(self, asked: Asked) -> Response:
        """Files of a purpose, the newest first."""
        order = asked.query.get("order", "desc")
        if order not in ("asc", "desc"):
            raise Refused(400, "order must be asc or desc", param="order")
        with self._lock:
            found = [file.shown for file in self._known.values()]
        if asked.query.get("purpose", _PURPOSE) != _PURPOSE:
            found = []
        return asked.page(found[::-1] if order == "desc" else found, _PAGE, _PAGE)

    def retrieve(self, asked: Asked) -> Response:
        """What is known of one file."""
        return answer(self._named(asked).shown)

    def content(self, asked: Asked) -> Response:
        """The file as it was sent."""
        body = self._named(asked).content
        return Response(200, {"content-type": "application/octet-stream"}, body)

    def delete(self, asked: Asked) -> Response:
        """Drops a file; jobs that have it go on with it."""
        file = self._named(asked)
        with self._lock:
            self._known.pop(file.id, None)
        return answer({"id": file.id, "object": "file", "deleted": True})

    def _named(self, asked: Asked) -> Stored:
        file = self.find(asked.identifier)
        if file is None:
            raise Refused(404, f"No such File object: {asked.identifier}", param="id")
        return file
