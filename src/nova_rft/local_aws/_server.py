"""The server: our services first, moto's for everything else, on one loopback port."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from http.client import responses
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from nova_rft.local_aws import _moto, stepfunctions
from nova_rft.local_aws._account import Account
from nova_rft.local_aws._answers import ANSWERS, Answers
from nova_rft.local_aws._faults import FAULTS, Faults
from nova_rft.local_aws._forget import FORGET, Forgets, forget
from nova_rft.local_aws._http import HttpServer
from nova_rft.local_aws._lambda import LambdaService
from nova_rft.local_aws._protocol import Request, Response, Service
from nova_rft.local_aws._warm import provisioned_concurrency
from nova_rft.local_aws.bedrock import Bedrock
from nova_rft.local_aws.mantle import PREFIX, Mantle
from nova_rft.local_aws.sagemaker import SageMaker
from nova_rft.local_aws.training import policy

if TYPE_CHECKING:
    from nova_rft.local_aws.iam import Door, Guard

HEALTH: Final = "/_nova_rft/health"
_SCOPE: Final = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")


class Server:
    """An embedded AWS in this process."""

    def __init__(
        self, state: Path, port: int, setting: str | None, token: str, *, enforce_iam: bool = False
    ) -> None:
        """Binds the port.

        Args:
            state: The folder for what is kept on disk.
            port: 0 takes a free one.
            setting: The policy of rewarded jobs.
            token: Proves who answers.
            enforce_iam: Whether roles and users are held to their policies.

        Raises:
            OSError: the port is in use.
            UsageError: the policy's setting is wrong.
        """
        chosen = policy(setting, state.parent / "policies")
        _moto.mend()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._door: Door | None = None
        self._http = HttpServer(port, self._app)
        self.port = self._http.port
        guard = self._guarded() if enforce_iam else None
        endpoint = f"http://127.0.0.1:{self.port}"
        self._faults = Faults()
        self._functions = LambdaService(state / "lambda", endpoint, guard, self._faults)
        self._answers = Answers(endpoint, self._functions.did)
        self._learning, self._learned = threading.Lock(), False
        account = Account(self._functions, guard)
        stepfunctions.mend(self.port, account.emit, guard)
        bedrock = Bedrock(chosen, account, self._faults)
        self._sagemaker = sagemaker = SageMaker(chosen, account, self._faults)
        self._mantle = Mantle(chosen, account, self._faults)
        # By the name that requests are signed for; whatever none of these answers is moto's.
        self._services: dict[str, list[Service]] = {
            "bedrock": [*bedrock.services],
            "lambda": [self._functions, provisioned_concurrency(self._functions)],
            "sagemaker": [sagemaker.service],
        }
        self._forgets: dict[str, Forgets] = {
            "bedrock": bedrock,
            "bedrock-mantle": self._mantle,
            "sagemaker": sagemaker,
        }
        self._health = json.dumps({"token": token}).encode()

    def _guarded(self) -> Guard:
        """Puts a guard at the door; late, for nobody else needs it."""
        from nova_rft.local_aws.iam import Door, Guard

        guard = Guard()
        self._door = Door(guard)
        return guard

    def serve(self) -> None:
        """Answers until `stop` is called."""
        try:
            self._http.serve_forever(poll_interval=0.05)
        finally:
            self._functions.close()
            self._http.server_close()

    def stop(self) -> None:
        """Ends `serve`; may be called from a signal handler."""
        threading.Thread(target=self._http.shutdown, daemon=True).start()

    def _app(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == HEALTH:
            return _send(Response(200, {"content-type": "application/json"}, self._health), start)
        if environ["PATH_INFO"] == FAULTS:
            return _send(self._faults.answer(_request(environ, "")), start)
        if environ["PATH_INFO"].startswith(f"{PREFIX}/"):
            return _send(self._mantle.answer(_request(environ, "")), start)
        if environ["PATH_INFO"].startswith(ANSWERS):
            return _send(self._answers.take(_request(environ, "")), start)
        if environ["PATH_INFO"] == FORGET:
            return _send(forget(_request(environ, ""), self._forgets), start)
        refused = self._refusal(environ)
        if refused is not None:
            return _send(refused, start)
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope and scope.group(2) == "cloudformation":
            self._learn_cloudformation()
        if scope and scope.group(2) == "states":
            stepfunctions.learn()
        if scope and scope.group(2) == "s3" and (refused := self._faults.refusal("s3")):
            return _send(refused, start)
        if scope and scope.group(2) in self._services:
            answer = self._ours(environ, *scope.groups())
            if answer is not None:
                return _send(answer, start)
        application: Callable[..., Iterable[bytes]] = self._moto
        return application(environ, start)

    def _refusal(self, environ: WSGIEnvironment) -> Response | None:
        """The answer to a request that may not pass, where rights are enforced."""
        if self._door is None:
            return None
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        request = _request(environ, scope.group(1) if scope else "us-east-1")
        # Whoever answers reads the body again.
        environ["wsgi.input"] = BytesIO(request.body)
        return self._door.refusal(request)

    def _learn_cloudformation(self) -> None:
        """Once somebody deploys: its models are more than half of all that there is to import."""
        with self._learning:
            if not self._learned:
                from nova_rft.local_aws import _cloudformation, _custom_resource

                self._sagemaker.join_stacks()
                stepfunctions.join_stacks()
                _custom_resource.CustomResource.answers = self._answers
                _cloudformation.register()
                _moto.mend_templates()
                self._learned = True

    def _ours(self, environ: WSGIEnvironment, region: str, service: str) -> Response | None:
        """The answer of a service of ours; None leaves the request to moto."""
        request = _request(environ, region)
        for candidate in self._services[service]:
            answer = candidate.answer(request)
            if answer is not None:
                return answer
        # moto reads the body again.
        environ["wsgi.input"] = BytesIO(request.body)
        return None


def _request(environ: WSGIEnvironment, region: str) -> Request:
    return Request(
        environ["REQUEST_METHOD"],
        _raw_path(environ),
        environ.get("QUERY_STRING", ""),
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
        region,
        {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        },
    )


def _raw_path(environ: WSGIEnvironment) -> str:
    """The path as it was sent: an ARN's slashes are escaped there, and must stay so."""
    raw: str = environ["RAW_URI"]
    return raw.split("?")[0]


def _send(response: Response, start: StartResponse) -> Iterable[bytes]:
    status = f"{response.status} {responses.get(response.status, '')}"
    start(status, [*response.headers.items(), ("x-amzn-requestid", str(uuid.uuid4()))])
    return [response.body]
