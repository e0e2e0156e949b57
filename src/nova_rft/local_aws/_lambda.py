"""Lambda's Invoke, for real: the deployed zip, unpacked and run; logs and metrics as in AWS."""

from __future__ import annotations

import base64
import importlib.metadata
import io
import json
import platform
import re
import shutil
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote

from moto.awslambda.exceptions import UnknownFunctionException
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._metrics import put_emf
from nova_rft.local_aws._protocol import Request, Response, ServiceError
from nova_rft.local_aws._sandbox import Outcome, Sandbox

if TYPE_CHECKING:
    from nova_rft.local_aws.iam import Guard

_PATH: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations/?")
# Request and answer of a synchronous call (Lambda quotas, 2026-11-01).
_LARGEST: Final = 6 * 1024 * 1024
# Faults of service `lambda` beside `Invoke`: a function that is killed soon after it has begun, and one
# that does its work and is killed before it has answered.
KILLED: Final = "Killed"
LOST: Final = "Lost"
_KILLED_AFTER_S: Final = 0.05
# What AWS's Python runtime provides; everything else must be in the asset.
_PROVIDED: Final = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """What Invoke answers: the payload, the kind of error if there was one, the end of the log."""

    payload: bytes
    error: str
    log: str
    version: str


class LambdaRefused(Exception):
    """Lambda does not run the function: its error code, status and sentence."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class LambdaService:
    """Runs functions that moto's Lambda holds."""

    def __init__(
        self,
        state: Path,
        endpoint: str,
        guard: Guard | None = None,
        faults: Faults | None = None,
    ) -> None:
        """Takes where to unpack, where functions find AWS, who enforces rights, and what goes wrong."""
        self._faults = faults or Faults()
        self._state = state
        self._guard = guard
        self._endpoint = endpoint
        # By function and by what it was started with; a function that changes leaves none behind.
        self._idle: dict[str, dict[str, list[Sandbox]]] = {}
        # By what each was made with: what a function is changed to meanwhile does not change it.
        self._busy: dict[Sandbox, str] = {}
        self._running: Counter[str] = Counter()
        self._closed = False
        self._lock = threading.Lock()
        self._scratch = state / "tmp"
        self._scratch.mkdir(parents=True, exist_ok=True)
        # Links to another environment, from an earlier run, would run other versions.
        shutil.rmtree(state / "runtime", ignore_errors=True)

    def answer(self, request: Request) -> Response | None:
        """The HTTP answer to Invoke, or None where the request is another one."""
        match = _PATH.fullmatch(request.path)
        if match is None or request.method != "POST":
            return None
        asked = (
            request.region,
            unquote(match.group(1)),
            parse_qs(request.query).get("Qualifier", [None])[0],
            request.body,
        )
        kind = request.headers.get("x-amz-invocation-type") or "RequestResponse"
        try:
            if kind == "DryRun":
                self.find(*asked[:3])
                return Response(204, {}, b"")
            if kind == "Event":
                self.find(*asked[:3])
                threading.Thread(target=self._invoke_later, args=asked, daemon=True).start()
                return Response(202, {}, b"")
            done = self.invoke(*asked)
        except LambdaRefused as refused:
            body = json.dumps({"Message": str(refused), "Type": "User"}).encode()
            kind = "application/json"
            about = {"x-amzn-errortype": refused.code, "content-type": kind}
            if refused.status == 429:
                about["retry-after"] = "1"
            return Response(refused.status, about, body)
        answer = {"x-amz-executed-version": done.version, "content-type": "application/json"}
        if done.error:
            answer["x-amz-function-error"] = done.error
        if request.headers.get("x-amz-log-type") == "Tail":
            tail = base64.b64encode(done.log.encode()[-4096:])
            answer["x-amz-log-result"] = tail.decode()
        return Response(200, answer, done.payload)

    def find(self, region: str, name: str, qualifier: str | None) -> Any:
        """Moto's function by name or ARN.

        Raises:
            LambdaRefused: there is none.
        """
        backend = get_backend("lambda")[DEFAULT_ACCOUNT_ID][region]
        wanted = name
        if name.startswith("arn:"):
            place, account, name, in_arn = _parts(name)
            if (place, account) != (region, DEFAULT_ACCOUNT_ID):
                raise LambdaRefused("ResourceNotFoundException", 404, f"not found: {wanted}")
            qualifier = in_arn or qualifier
        try:
            return backend.get_function(name, qualifier)
        except UnknownFunctionException:
            place = f"{wanted}:{qualifier}" if qualifier and wanted == name else wanted
            raise LambdaRefused(
                "ResourceNotFoundException", 404, f"Function not found: {place}"
            ) from None

    def did(self, region: str, name: str, payload: bytes) -> bool:
        """Runs a function once for a service; whether it was there and did without an error."""
        try:
            return not self.invoke(region, name, None, payload).error
        except LambdaRefused:
            return False

    def _invoke_later(self, *asked: Any) -> None:
        """An asynchronous call: its answer goes nowhere, its log where all logs go."""
        with suppress(LambdaRefused):
            self.invoke(*asked)

    def invoke(self, region: str, name: str, qualifier: str | None, payload: bytes) -> Invocation:
        """Runs a function once.

        Raises:
            LambdaRefused: no such function, too large an event, a zip made for another machine, or as
                many events as are reserved are being worked on.
        """
        function = self.find(region, name, qualifier)
        if len(payload) > _LARGEST:
            raise LambdaRefused(
                "RequestTooLargeException",
                413,
                f"Request must be smaller than {_LARGEST} bytes for the InvokeFunction operation",
            )
        _fits_this_machine(function)
        self._refuse_if_asked(payload)
        with self._room(region, function):
            sandbox = self._take(function)
            try:
                with self._killed_if_asked(sandbox, payload) as killed:
                    outcome = sandbox.invoke(
                        payload, function.function_arn, float(function.timeout)
                    )
            finally:
                self._give_back(function, sandbox)
        # One that was done before it could be killed is killed before it has answered.
        done_sooner = killed and not outcome.error
        if done_sooner or self._faults.wanted("lambda", LOST, payload):
            outcome = outcome.lost()
        log = self._keep(function, region, outcome)
        if not outcome.error and len(outcome.payload) > _LARGEST:
            text = (
                f"Response payload size exceeded maximum allowed payload size ({_LARGEST} bytes)."
            )
            large = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": text}
            return Invocation(json.dumps(large).encode(), "Unhandled", log, str(function.version))
        return Invocation(outcome.payload, outcome.error, log, str(function.version))

    @contextmanager
    def _room(self, region: str, function: Any) -> Iterator[None]:
        """One place among those that are reserved for the function, whatever its version."""
        name = f"{region} {function.function_name}"
        # What a version holds is what there was when it was published.
        reserved = self.find(region, function.function_name, None).reserved_concurrency
        with self._lock:
            if reserved is not None and self._running[name] >= int(reserved):
                raise LambdaRefused("TooManyRequestsException", 429, "Rate Exceeded.")
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1

    def _refuse_if_asked(self, payload: bytes) -> None:
        try:
            self._faults.check("lambda", "Invoke", payload)
        except ServiceError as refused:
            raise LambdaRefused(refused.code, 429, str(refused)) from None

    @contextmanager
    def _killed_if_asked(self, sandbox: Sandbox, payload: bytes) -> Iterator[bool]:
        """Kills the function while it works, where that fault is asked for: whether it is."""
        if not self._faults.wanted("lambda", KILLED, payload):
            yield False
            return
        timer = threading.Timer(_KILLED_AFTER_S, sandbox.kill)
        timer.start()
        try:
            yield True
        finally:
            timer.cancel()

    def _take(self, function: Any) -> Sandbox:
        arn, made_with = function.function_arn, _made_with(function)
        with self._lock:
            if self._closed:
                raise LambdaRefused("ServiceException", 500, "the embedded AWS is being stopped")
            for outdated in self._idle.get(arn, {}).keys() - {made_with}:
                for sandbox in self._idle[arn].pop(outdated):
                    sandbox.close()
            idle = self._idle.setdefault(arn, {}).setdefault(made_with, [])
            while idle:
                sandbox = idle.pop()
                if sandbox.alive:
                    self._busy[sandbox] = made_with
                    return sandbox
                sandbox.close()
            sandbox = Sandbox(
                self._unpacked(function),
                self._runtime(),
                function.handler,
                self._environment(function),
                self._state / "output",
            )
            self._busy[sandbox] = made_with
            return sandbox

    def _give_back(self, function: Any, sandbox: Sandbox) -> None:
        with self._lock:
            made_with = self._busy.pop(sandbox)
            if self._closed or not sandbox.alive:
                sandbox.close()
                return
            idle = self._idle.setdefault(function.function_arn, {})
            idle.setdefault(made_with, []).append(sandbox)

    def _unpacked(self, function: Any) -> Path:
        digest = re.sub(r"\W", "", function.code_sha_256)[:32]
        place = self._state / "functions" / digest
        if not place.exists():
            partial = place.with_name(f".{digest}.partial")
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                for member in archive.infolist():
                    # As AWS does, and unlike `extractall`: what may be executed stays so.
                    Path(archive.extract(member, partial)).chmod(_mode(member))
            partial.rename(place)
        return place

    def _runtime(self) -> Path:
        """A folder that holds what AWS's runtime provides, linked from this environment."""
        place = self._state / "runtime"
        if not place.exists():
            partial = place.with_name(".runtime.partial")
            partial.mkdir(parents=True, exist_ok=True)
            for entry in _top_level():
                link = partial / entry.name
                if not link.exists():
                    link.symlink_to(entry)
            partial.rename(place)
        return place

    def _environment(self, function: Any) -> dict[str, str]:
        group = _log_group(function)
        return {
            **self._credentials(function),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ENDPOINT_URL_BEDROCK_MANTLE": f"{self._endpoint}/bedrock-mantle/v1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Of its own, as Lambda's is: what functions leave there is gone with this embedded AWS.
            "TMPDIR": str(self._scratch),
            # The version that the product deploys for in AWS; its JSON encoder goes by this.
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": _stream(function),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **{key: str(value) for key, value in function.environment_vars.items()},
        }

    def _credentials(self, function: Any) -> dict[str, str]:
        """Those of a session of the function's role; anybody's where rights are not enforced."""
        if self._guard is None:
            names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
            return dict.fromkeys(names, "embedded")
        from nova_rft.local_aws.iam import Denied, function_credentials

        try:
            return function_credentials(self._guard, function)
        except Denied:
            raise LambdaRefused(
                "InvalidParameterValueException",
                400,
                "The role defined for the function cannot be assumed by Lambda.",
            ) from None

    def _may_log(self, function: Any, region: str) -> bool:
        if self._guard is None:
            return True
        from nova_rft.local_aws.iam import function_may_log

        group, stream = _log_group(function), _stream(function)
        return function_may_log(self._guard, function, region, group, stream)

    def _keep(self, function: Any, region: str, outcome: Outcome) -> str:
        """Writes the log and the metrics of one invocation; returns the log."""
        request, version = outcome.request_id, function.version
        report = (
            f"REPORT RequestId: {request}\tDuration: {outcome.seconds * 1000:.2f} ms\t"
            f"Memory Size: {function.memory_size} MB"
        )
        start, end = f"START RequestId: {request} Version: {version}", f"END RequestId: {request}"
        printed = outcome.printed.splitlines()
        lines = [start, *printed, *_last_words(outcome), end, report]
        logs = get_backend("logs")[DEFAULT_ACCOUNT_ID][region]
        if not self._may_log(function, region):
            return "\n".join(lines) + "\n"
        group, stream = _log_group(function), _stream(function)
        with self._lock:
            if group not in logs.groups:
                logs.create_log_group(group, {})
            logs.ensure_log_stream(group, stream)
            now = int(time.time() * 1000)
            events = [{"timestamp": now, "message": line} for line in lines if line]
            logs.put_log_events(group, stream, events)
            put_emf(region, printed)
        return "\n".join(lines) + "\n"

    def close(self) -> None:
        """Ends every child that was started."""
        with self._lock:
            self._closed = True
            waiting = [one for by in self._idle.values() for idle in by.values() for one in idle]
            for sandbox in (*waiting, *self._busy):
                sandbox.close()


def _parts(arn: str) -> tuple[str, str, str, str | None]:
    """Region, account, name and qualifier of a function's ARN."""
    found = re.fullmatch(r"arn:[\w-]+:lambda:([\w-]*):(\d*):function:([^:]+)(?::(.+))?", arn)
    if found is None:
        raise LambdaRefused("ResourceNotFoundException", 404, f"{arn} is no function's ARN")
    return found[1], found[2], found[3], found[4]


def _made_with(function: Any) -> str:
    settings = [function.code_sha_256, function.handler, function.environment_vars]
    return json.dumps([*settings, function.memory_size], sort_keys=True)


def _mode(member: zipfile.ZipInfo) -> int:
    executable = member.is_dir() or (member.external_attr >> 16) & 0o111
    return 0o755 if executable else 0o644


def _last_words(outcome: Outcome) -> list[str]:
    """What Lambda itself adds to the log where the function could not."""
    if not outcome.killed_by_service:
        return []
    return [f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z {outcome.killed_by_service}"]


def _log_group(function: Any) -> str:
    # Set by LoggingConfig, which moto itself does not keep.
    group: str = function.logs_group_name
    return group


def _stream(function: Any) -> str:
    return f"[{function.version}]embedded"


def _fits_this_machine(function: Any) -> None:
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
    if function.run_time != here or machine not in function.architectures:
        raise LambdaRefused(
            "InvalidRuntimeException",
            # AWS's status is 502, which every client asks again for, for nothing.
            400,
            f"{function.function_name} was made for {function.run_time} on "
            f"{', '.join(function.architectures)}, but the embedded AWS runs functions by this "
            f"machine's {here} on {machine}; bundle its asset with NOVA_RFT_LAMBDA_TARGET=host "
            "(`nova-rft local env` sets it) and deploy it again",
        )


def _top_level() -> Iterator[Path]:
    """The folders and modules that the provided distributions install."""
    for name in _PROVIDED:
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}
        for top in sorted(tops - {"__pycache__"}):
            yield Path(str(distribution.locate_file(top)))
