"""A Converse endpoint that fails in one way for a share of its calls: a raw server on loopback."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_NONCE = re.compile(rb"The nonce is ([0-9a-f]{16})")
_NAMES = re.compile(rb'"criterion": ?\{[^}]*"enum": ?\[([^\]]*)\]')
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


@dataclass
class Faulty:
    """The endpoint: which fault, for how many of a hundred calls, and what it has seen."""

    url: str
    fault: str
    percent: int
    calls: int = 0
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)

    def falls(self) -> bool:
        """Whether this call is one that fails: the calls' numbers decide, so that shares are exact."""
        with self.lock:
            self.calls += 1
            bad = (self.calls * self.percent) // 100 > ((self.calls - 1) * self.percent) // 100
            self.failed += bad
            return bad


def _good(body: bytes) -> bytes:
    nonce = _NONCE.search(body)
    names = _NAMES.search(body)
    criteria = json.loads(b"[" + names[1] + b"]") if names else []
    verdicts = [
        {"criterion": name, "reason": "", "evidence": "", "verdict": "yes"} for name in criteria
    ]
    call = {"nonce": nonce[1].decode() if nonce else "", "verdicts": verdicts}
    use = {"toolUseId": "t", "name": "give_verdicts", "input": call}
    return json.dumps(
        {
            "output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
            "stopReason": "tool_use",
            "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
            "metrics": {"latencyMs": 1},
        }
    ).encode()


def _reply(status: str, body: bytes, *, length: int | None = None, error: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    if error:
        head += f"x-amzn-ErrorType: {error}\r\n"
    return (
        f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body
    )


def _throttle(server: Faulty, sock: socket.socket, body: bytes) -> None:
    text = b'{"message": "Too many requests"}'
    sock.sendall(_reply("429 Too Many Requests", text, error="ThrottlingException"))


def _error(server: Faulty, sock: socket.socket, body: bytes) -> None:
    text = b'{"message": "sorry"}'
    sock.sendall(_reply("500 Internal Server Error", text, error="InternalServerException"))


def _hang(server: Faulty, sock: socket.socket, body: bytes) -> None:
    server.ended.wait(60)


def _drip(server: Faulty, sock: socket.socket, body: bytes) -> None:
    """One byte at a time: each read succeeds, and the whole never comes."""
    for byte in _reply("200 OK", _good(body)):
        if server.ended.wait(0.05):
            return
        sock.sendall(bytes([byte]))


def _reset(server: Faulty, sock: socket.socket, body: bytes) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _truncate(server: Faulty, sock: socket.socket, body: bytes) -> None:
    good = _good(body)
    sock.sendall(_reply("200 OK", good[: len(good) // 2], length=len(good)))


def _malform(server: Faulty, sock: socket.socket, body: bytes) -> None:
    sock.sendall(_reply("200 OK", b'{"output": {"message": [[['))


def _empty(server: Faulty, sock: socket.socket, body: bytes) -> None:
    sock.sendall(_reply("200 OK", b"{}"))


FAULTS: dict[str, Callable[[Faulty, socket.socket, bytes], None]] = {
    "throttling": _throttle,
    "server errors": _error,
    "hangs": _hang,
    "slow drips": _drip,
    "resets": _reset,
    "truncated bodies": _truncate,
    "malformed bodies": _malform,
    "empty answers": _empty,
}


@contextmanager
def faulty(fault: str, percent: int) -> Iterator[Faulty]:
    """The endpoint while it runs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = Faulty(f"http://127.0.0.1:{listener.getsockname()[1]}", fault, percent)
    threads: list[threading.Thread] = []

    def serve() -> None:
        while not server.ended.is_set():
            with suppress(OSError):
                sock, _ = listener.accept()
                thread = threading.Thread(target=_connection, args=(server, sock))
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield server
    finally:
        server.ended.set()
        with suppress(OSError):
            socket.create_connection(listener.getsockname(), 1).close()
        accepting.join()
        listener.close()
        for thread in threads:
            thread.join()


def _connection(server: Faulty, sock: socket.socket) -> None:
    with sock, suppress(OSError):
        sock.settimeout(30)
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = sock.recv(65_536)
            if not chunk:
                return
            head += chunk
        head, _, body = head.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        if b"100-continue" in head.lower():
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while found and len(body) < int(found[1]):
            body += sock.recv(65_536)
        if head.startswith(b"PUT"):
            sock.sendall(_reply("200 OK", b""))
        elif server.falls():
            FAULTS[server.fault](server, sock, body)
        else:
            sock.sendall(_reply("200 OK", _good(body)))
            time.sleep(0)
