"""Converse in a process of its own that takes a while for each answer: `python -m bench._slow_endpoint`.

Written on asyncio's streams, so that 64 answers in waiting cost it next to no processor.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NONCE = re.compile(rb"The nonce is ([0-9a-f]{16})")
_IDS = re.compile(rb"<<<RESPONSE([A-Z]{4}) [0-9a-f]{16}>>>")
_NAMES = re.compile(rb'"criterion": ?\{[^}]*"enum": ?\[([^\]]*)\]')


def _answer(body: bytes) -> dict[str, Any]:
    """A favourable answer to whatever is asked, bound to its nonce."""
    found = _NONCE.search(body)
    nonce = found[1].decode() if found else ""
    if b'"give_ranking"' in body:
        ids = dict.fromkeys(name.decode() for name in _IDS.findall(body))
        ranking = [{"response": i, "reason": "", "rank": str(n)} for n, i in enumerate(ids, 1)]
        return _use("give_ranking", {"nonce": nonce, "ranking": ranking})
    if b'"give_preference"' in body:
        fields = {"reason": "", "evidence": "", "verdict": "first"}
        return _use("give_preference", {"nonce": nonce, **fields})
    names = _NAMES.search(body)
    criteria = json.loads(b"[" + names[1] + b"]") if names else []
    verdicts = [
        {"criterion": name, "reason": "", "evidence": "", "verdict": "yes"} for name in criteria
    ]
    return _use("give_verdicts", {"nonce": nonce, "verdicts": verdicts})


def _use(name: str, call: dict[str, Any]) -> dict[str, Any]:
    use = {"toolUseId": "bench", "name": name, "input": call}
    return {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 500, "outputTokens": 80, "totalTokens": 580},
        "metrics": {"latencyMs": 200},
    }


async def _serve(delay_s: float) -> None:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: *(\d+)", head)
                if b"100-continue" in head.lower():
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await reader.readexactly(int(found[1]) if found else 0)
                await asyncio.sleep(delay_s)
                answer = json.dumps(_answer(body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    b"content-length: %d\r\n\r\n%b" % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def slow_endpoint(delay_s: float) -> Iterator[str]:
    """The endpoint's address while its process runs."""
    command = [sys.executable, "-m", "bench._slow_endpoint", str(delay_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - asked for above
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
