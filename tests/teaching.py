"""A model behind an OpenAI-compatible endpoint on this machine, for what draws answers from one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Of each prompt, what the samples say; each of them is asked for in turn.
ANSWERS = (
    "No idea.",
    "It is {n}, I think, since one and one and so on.",
    "It is {n}.",
    "It is about {n}.",
)


@contextmanager
def teaching(
    slow_s: float = 0.0,
    status: int = 200,
    *,
    answers: Sequence[str] = ANSWERS,
    failing: Callable[[str], int] = lambda said: 200,
    finish: str = "stop",
) -> Iterator[tuple[str, list[str]]]:
    """An endpoint whose answers to a prompt differ from call to call; what it was asked.

    Args:
        slow_s: Seconds that each answer takes.
        status: Of all answers.
        answers: What the calls for one prompt say, one after the other; {n} is the prompt's last word.
        failing: The status of the answer to a prompt, where that is not `status`.
        finish: Why answers end.
    """
    asked: list[str] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = body["messages"][-1]["content"]
            with lock:
                answer = answers[asked.count(said) % len(answers)].format(n=said.split()[-1])
                asked.append(said)
            time.sleep(slow_s)
            choice = {"index": 0, "finish_reason": finish}
            message = {"role": "assistant", "content": answer}
            reply = {"choices": [{**choice, "message": message}], "object": "chat.completion"}
            usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
            text = json.dumps({**reply, "id": "x", "created": 0, "model": "m", "usage": usage})
            self.send_response(failing(said) if status == 200 else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/v1", asked
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
