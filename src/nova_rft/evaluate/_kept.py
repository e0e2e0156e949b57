"""Answers kept one by one as they come, with what each took: a run that is killed pays none twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from nova_rft.data.source import line_of
from nova_rft.evaluate._contender import Contender
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, Usage
from nova_rft.judge.models import request_digest
from nova_rft.sampling import appending, logged
from nova_rft.spec import digest


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of one model.

    Attributes:
        key: Digest of the model, its settings, the question and which sample this is.
        model: The contender's name when it answered; for people.
        text: The answer.
        stop: The service's word for why it ended.
        seconds: The service took, without waiting for earlier refusals; None where that is not known.
        input_tokens: Billed, those of the prompt cache included.
        output_tokens: Billed, reasoning included.
    """

    key: str
    model: str
    text: str
    stop: str
    seconds: float | None
    input_tokens: int
    output_tokens: int

    @classmethod
    def answering(
        cls, contender: Contender, request: JudgeRequest, reply: JudgeReply, seconds: float | None
    ) -> Said:
        """A contender's reply to a request, and what it took."""
        usage = reply.usage
        read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        key, text, stop = key_of(contender, request), reply.text, reply.stop_reason
        return cls(key, contender.name, text, stop, seconds, read, usage.output_tokens)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Said:
        """What the log holds."""
        seconds = fields["seconds"]
        return cls(
            str(fields["key"]),
            str(fields["model"]),
            str(fields["text"]),
            str(fields["stop"]),
            None if seconds is None else float(seconds),
            int(fields["input_tokens"]),
            int(fields["output_tokens"]),
        )


def key_of(contender: Contender, request: JudgeRequest) -> str:
    """What an answer is known by."""
    return digest([contender.digest, request_digest(request)])[:32]


class Kept:
    """All answers of an evaluation, in memory and in one file that is only appended to."""

    def __init__(self, file: Path) -> None:
        """Reads what earlier runs wrote; a line that was cut off counts as not asked.

        Raises:
            UsageError: the file holds something else.
        """
        self._file = file
        self._lock = threading.Lock()
        self._stream: IO[bytes] | None = None
        self.known = {one.key: one for one in logged(file, Said.of, "an evaluation's answers")}

    def add(self, said: Said) -> None:
        """Keeps an answer; it is on its way to the disk when this returns."""
        with self._lock:
            if self._stream is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._stream = appending(self._file)
            self.known[said.key] = said
            self._stream.write(line_of(asdict(said)))
            self._stream.flush()

    def close(self) -> None:
        """Closes the file; what is added later opens it again."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()
                self._stream = None


class Timed:
    """A bare model, whose calls are timed: from asking to the answer, no waiting in between."""

    def __init__(self, inner: JudgeModel) -> None:
        self._inner = inner
        self._seconds: dict[str, float] = {}
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The model's answer."""
        started = time.monotonic()
        reply = self._inner.ask(request, deadline=deadline)
        self._seconds[request_digest(request)] = time.monotonic() - started
        return reply

    def taken(self, request: JudgeRequest) -> float | None:
        """What the request's answer took; told once."""
        return self._seconds.pop(request_digest(request), None)


class Remembering:
    """A contender's model that asks only for answers that are not kept already."""

    def __init__(self, inner: JudgeModel, timed: Timed, contender: Contender, kept: Kept) -> None:
        """Takes the model with all patience around it, and the bare one inside."""
        self._inner = inner
        self._timed = timed
        self._contender = contender
        self._kept = kept
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The answer; without usage where it was kept, since nobody is billed for it."""
        known = self._kept.known.get(key_of(self._contender, request))
        if known is not None:
            return JudgeReply(None, known.text, Usage(), known.stop)
        reply = self._inner.ask(request, deadline=deadline)
        seconds = self._timed.taken(request)
        self._kept.add(Said.answering(self._contender, request, reply, seconds))
        return reply
