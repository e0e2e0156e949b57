"""Replies kept: the same judgement asked twice costs one call, and a store lets that outlive the run."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from typing import Final, Protocol

from nova_rft.errors import JudgeError, JudgeUnavailable
from nova_rft.judge._request import Form, JudgeModel, JudgeReply, JudgeRequest, Usage
from nova_rft.judge.models._as_json import reply_from_json, reply_to_json, request_digest
from nova_rft.judge.models._tally import Tally
from nova_rft.spec import digest

_LOG = logging.getLogger(__name__)
_IN_MEMORY: Final = 20_000


class ReplyStore(Protocol):
    """Where replies outlive the process: a file here, a table in AWS. Safe to share between threads."""

    def get(self, key: str) -> str | None:
        """What was put under the key, or None."""
        ...

    def put(self, key: str, value: str) -> None:
        """Keeps a value; the first under a key stays."""
        ...


class Kept:
    """Answers from memory or the store what was asked before; errors are not kept.

    Of two equal questions at once the second waits for the first one's answer.
    """

    def __init__(
        self, inner: JudgeModel, settings: str, store: ReplyStore | None, tally: Tally
    ) -> None:
        """Takes what the answers depend on beside the question, and what counts the kept ones."""
        self._inner = inner
        self._settings = settings
        self._store = store
        self._tally = tally
        self._replies: OrderedDict[str, Future[JudgeReply]] = OrderedDict()
        self._lock = threading.Lock()
        self.name = inner.name
        self.concurrency = inner.concurrency

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """The reply; without usage where it was kept, since nobody is billed for it."""
        key = digest([self._settings, request_digest(request)])
        with self._lock:
            known = self._replies.get(key)
            if known is None:
                mine: Future[JudgeReply] = Future()
                self._replies[key] = mine
                while len(self._replies) > _IN_MEMORY:
                    self._replies.popitem(last=False)
            else:
                self._replies.move_to_end(key)
        if known is not None:
            return self._second(known, request, deadline)
        return self._first(key, mine, request, deadline)

    def _second(
        self, known: Future[JudgeReply], request: JudgeRequest, deadline: float | None
    ) -> JudgeReply:
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        try:
            reply = known.result(timeout=left)
        except FutureTimeout:
            raise JudgeUnavailable(f"{self.name}: no answer before the deadline") from None
        except JudgeError:
            # The first one's failure, perhaps of its own deadline: ask for ourselves.
            return self._inner.ask(request, deadline=deadline)
        self._tally.kept()
        return replace(reply, usage=Usage())

    def _first(
        self, key: str, mine: Future[JudgeReply], request: JudgeRequest, deadline: float | None
    ) -> JudgeReply:
        try:
            stored = self._stored(key)
            if stored is not None:
                self._tally.kept()
            reply = stored or self._inner.ask(request, deadline=deadline)
        except BaseException as error:
            with self._lock:
                self._replies.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(reply)
        if stored is None and (reply.call is not None or request.form is Form.FREE):
            self._store_reply(key, reply)
        return reply

    def _stored(self, key: str) -> JudgeReply | None:
        if self._store is None:
            return None
        try:
            text = self._store.get(key)
            return None if text is None else replace(reply_from_json(text), usage=Usage())
        except Exception as error:
            # A store that fails costs a call, never a judgement.
            _LOG.warning("a kept reply could not be read: %s", error)
            return None

    def _store_reply(self, key: str, reply: JudgeReply) -> None:
        if self._store is None:
            return
        try:
            self._store.put(key, reply_to_json(reply))
        except Exception as error:
            _LOG.warning("a reply could not be kept: %s", error)
