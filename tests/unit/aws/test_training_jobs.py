"""Listing training jobs no faster than SageMaker allows."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from nova_rft.aws.session import Aws
from nova_rft.aws.training_jobs import list_training_jobs

PAGES = 4


class _Pages(BaseHTTPRequestHandler):
    """SageMaker with one job on each of four pages."""

    protocol_version = "HTTP/1.1"
    asked: list[float]

    def do_POST(self) -> None:
        self.asked.append(time.monotonic())
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        page = int(sent.get("NextToken", "1"))
        job = {
            "TrainingJobName": f"job-{page}",
            "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/job-{page}",
            "CreationTime": 1,
            "TrainingJobStatus": "Completed",
        }
        found = {"TrainingJobSummaries": [job]}
        more = {"NextToken": str(page + 1)} if page < PAGES else {}
        body = json.dumps({**found, **more}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """When pages were asked for."""
    moments: list[float] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Pages", (_Pages,), {"asked": moments}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    yield moments
    server.shutdown()
    server.server_close()
    thread.join()


def test_two_pages_a_second_and_none_waited_for_in_vain(asked: list[float]) -> None:
    aws = Aws("us-east-1")
    names = [job["TrainingJobName"] for job in list_training_jobs(aws, name_contains="job")]
    ended = time.monotonic()
    aws.client("sagemaker").close()
    assert names == [f"job-{page}" for page in range(1, PAGES + 1)]
    assert all(later - earlier >= 0.5 for earlier, later in pairwise(asked))
    assert ended - asked[-1] < 0.4
