"""The API as one part of the server: who may ask, and which operation is meant."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Request, Response, ServiceError
from nova_rft.local_aws.mantle._answers import Answers
from nova_rft.local_aws.mantle._files import Files
from nova_rft.local_aws.mantle._job import SERVICE
from nova_rft.local_aws.mantle._jobs import Jobs
from nova_rft.local_aws.mantle._wire import Asked, Refused, refused_as
from nova_rft.local_aws.training import Policy

PREFIX: Final = "/bedrock-mantle/v1"
_KEY: Final = re.compile(r"Bearer \S+")
_JOBS: Final = "/fine_tuning/jobs"


class Mantle:
    """Bedrock's OpenAI-compatible API; requests are not signed there, they carry a key."""

    def __init__(self, policy: Policy, account: Account, faults: Faults) -> None:
        self._faults = faults
        self._account = account
        self._jobs = jobs = Jobs(files := Files(), policy, faults)
        answers = Answers(jobs.models, policy.kind)
        # Method and path, `*` for an id; the operation's name, by which a fault is asked for.
        self._routes: dict[tuple[str, str], tuple[str, Callable[[Asked], Response]]] = {
            ("POST", "/files"): ("CreateFile", files.create),
            ("GET", "/files"): ("ListFiles", files.page),
            ("GET", "/files/*"): ("RetrieveFile", files.retrieve),
            ("DELETE", "/files/*"): ("DeleteFile", files.delete),
            ("GET", "/files/*/content"): ("DownloadFile", files.content),
            ("POST", _JOBS): ("CreateFineTuningJob", jobs.create),
            ("GET", _JOBS): ("ListFineTuningJobs", jobs.page),
            ("GET", f"{_JOBS}/*"): ("RetrieveFineTuningJob", jobs.retrieve),
            ("POST", f"{_JOBS}/*/cancel"): ("CancelFineTuningJob", jobs.cancel),
            ("GET", f"{_JOBS}/*/events"): ("ListFineTuningEvents", jobs.events),
            ("GET", f"{_JOBS}/*/checkpoints"): ("ListFineTuningJobCheckpoints", jobs.checkpoints),
            ("GET", "/models"): ("ListModels", answers.models),
            ("GET", "/models/*"): ("RetrieveModel", answers.retrieve),
            ("POST", "/chat/completions"): ("CreateChatCompletion", answers.chat),
            ("POST", "/responses"): ("CreateResponse", answers.response),
        }

    def answer(self, request: Request) -> Response:
        """The API's answer to a request whose path begins with the prefix."""
        try:
            key = request.headers.get("authorization", "")
            if not _KEY.fullmatch(key):
                raise Refused(
                    401,
                    "You didn't provide an API key; send it as Authorization: Bearer KEY",
                    code="invalid_api_key",
                )
            operation, carry_out, identifier = self._route(request)
            self._faults.check(SERVICE, operation)
            account = self._account.of_key(key.removeprefix("Bearer "), operation)
            return carry_out(Asked(request, account, identifier))
        except Refused as refused:
            return refused.response()
        except ServiceError as error:
            return refused_as(error).response()
        except Exception as error:
            # A fault of ours: said as the service says it, with its trace in the server's log.
            traceback.print_exc()
            return refused_as(ServiceError("InternalServerException", repr(error))).response()

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, by its id; False where there is none."""
        return self._jobs.forget(identifier)

    def _route(self, request: Request) -> tuple[str, Callable[[Asked], Response], str]:
        path = request.path.removeprefix(PREFIX).rstrip("/")
        for (method, pattern), (operation, carry_out) in self._routes.items():
            match = re.fullmatch(re.escape(pattern).replace(r"\*", "([^/]+)"), path)
            if match and method == request.method:
                return operation, carry_out, unquote("".join(match.groups()))
        raise Refused(404, f"Invalid URL ({request.method} {path})")
