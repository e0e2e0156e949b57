"""A model endpoint on loopback whose answers depend on what it is told, and labels for it to judge.

As a judge it says yes where the response holds the word that its question, its guidance or its examples
lead it to; led to none, where the response is long. As the model that rewrites it finds the word that
tells people's yes from their no in the cases it is shown, and asks for that.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from nova_rft.judge import read_fenced

WORDS = ("source", "please", "exactly", "maybe", "today", "however")
_LONG = 60
_QUOTED = re.compile(r'holds the word "(\w+)"')
_CASE = re.compile(r"Case \d+: people said(?: on \w+)?: (\w+);")
_FENCED = re.compile(r"<<<RESPONSE ([0-9a-f]{16})>>>\n(.*?)\n<<<END RESPONSE \1>>>", re.DOTALL)
_SHOWN = re.compile(r"People's verdicts: \w+: (\w+)")


@dataclass
class StandIn:
    """The endpoint: how often it was asked as which, and what it was told last.

    Attributes:
        url: Where it listens.
        judged: Times it was asked to judge.
        rewrote: Times it was asked to rewrite.
        systems: Different system texts.
        stop_after: Answers 400 after so many; None: never.
    """

    url: str = ""
    judged: int = 0
    rewrote: int = 0
    systems: set[str] = field(default_factory=set)
    stop_after: int | None = None

    def answer(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The object that is asked for; None for a refusal."""
        if self.stop_after is not None and self.judged + self.rewrote >= self.stop_after:
            return None
        system, user = (message["content"] for message in body["messages"])
        self.systems.add(system)
        fields = body["response_format"]["json_schema"]["schema"]["properties"]
        nonce = re.findall(r"The nonce is ([0-9a-f]{16})\.", user)[-1]
        if "analysis" in fields:
            self.rewrote += 1
            return {"nonce": nonce, "analysis": "Words.", **_rewritten(user, fields)}
        self.judged += 1
        response = read_fenced(user)[1]["RESPONSE"]
        names = fields["verdicts"]["items"]["properties"]["criterion"]["enum"]
        verdict = "yes" if _met(system, response) else "no"
        return {
            "nonce": nonce,
            "verdicts": [
                {"criterion": name, "reason": "It is so.", "evidence": "", "verdict": verdict}
                for name in names
            ],
        }


def _met(system: str, response: str) -> bool:
    asked = _QUOTED.findall(system)
    shown = _SHOWN.findall(system)
    if not asked and shown:
        texts = [text for _, text in _FENCED.findall(system)]
        found = _telling(texts, shown)
        asked = [found] if found else []
    return asked[-1] in response if asked else len(response) > _LONG


def _rewritten(user: str, fields: Mapping[str, Any]) -> dict[str, str]:
    said = _CASE.findall(user)
    word = _telling([text for _, text in _FENCED.findall(user)], said) or "nothing"
    text = f'A good response holds the word "{word}"; does this one?'
    return {name: text for name in ("guidance", "question") if name in fields}


def _telling(texts: Sequence[str], said: Sequence[str]) -> str:
    """The word that goes best with people's yes; empty where all do alike."""
    right = {
        word: sum(
            (word in text) == (label == "yes") for text, label in zip(texts, said, strict=True)
        )
        for word in WORDS
    }
    best = max(right, key=lambda word: right[word])
    return best if right[best] > len(texts) / 2 else ""


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """The endpoint, as long as the block lasts."""
    stand_in = StandIn()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        # Connections are kept: a new one for each call costs more than the call.
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                call = stand_in.answer(body)
            text = json.dumps({"error": {"message": "no"}} if call is None else _completion(call))
            self.send_response(401 if call is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):
                super().handle()

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{httpd.server_port}/v1"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stand_in
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def _completion(call: Mapping[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": json.dumps(call)}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }


def rows(count: int, *, noise: bool = False, seed: int = 0) -> list[dict[str, Any]]:
    """Responses of words at random, and people who go by one of them, or by nothing at all."""
    dice = random.Random(seed)
    found = []
    for number in range(count):
        words = [word for word in WORDS if dice.random() < 0.5]
        filler = "words and more words " * dice.randrange(1, 5)
        liked = dice.random() < 0.5 if noise else "source" in words
        found.append(
            {
                "id": f"r{number}",
                "prompt": f"Question {number}?",
                "response": f"{filler}{' '.join(words)}.",
                "human": "yes" if liked else "no",
            }
        )
    return found


SPEC = """\
# A judge that is asked too little.
project: stand-in
model: amazon.nova-2-lite-v1:0:256k
data: {{train: train.jsonl}}
reward:
  range: [0, 1]
  prices:
    m: {{input: 1000, output: 1000}}
  terms:
    - name: quality
      type: rubric
      model: {{provider: openai, base_url: "{url}", id: m, concurrency: 4}}
      criteria:
        - name: good  # what people want
          question: Is it good?
"""


def project(folder: Path, url: str, labels: Sequence[Mapping[str, Any]]) -> tuple[Path, Path]:
    """A spec and a file of labels in a folder."""
    spec, file = folder / "nova-rft.yaml", folder / "labels.jsonl"
    spec.write_text(SPEC.format(url=url))
    file.write_text("".join(json.dumps(row) + "\n" for row in labels))
    return spec, file
