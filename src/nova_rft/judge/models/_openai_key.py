"""The key of an OpenAI-compatible endpoint: of the environment, else of a secret, fetched once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final

from nova_rft.errors import UsageError
from nova_rft.spec import OpenAIJudge

# Gives the key that a secret holds, by the secret's ARN.
Secret = Callable[[str], str]
# Seconds between two looks at a secret: a key that is wrong must not be asked for at every question.
_LOOK_AGAIN_S: Final = 60.0


class ApiKey:
    """The key, as the openai package asks for it before each call; safe to share between threads."""

    def __init__(
        self, spec: OpenAIJudge, secret: Secret | None, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Takes the key from the environment or from the secret; without one nothing is made.

        Args:
            spec: Names the variable, and the secret.
            secret: Reads a secret; None where there is no AWS to ask.
            now: Seconds of a clock that goes forward.

        Raises:
            UsageError: there is no key.
            AwsRefused: the secret may not be read.
        """
        self._arn = spec.api_key_secret
        self._secret = secret
        self._now = now
        self._lock = threading.Lock()
        self._key = os.environ.get(spec.api_key_env) or ""
        self._fixed = bool(self._key)
        self._looked = now()
        if self._fixed:
            return
        if self._arn is None or secret is None:
            named = "" if self._arn is None else ", and its secret cannot be read from here"
            raise UsageError(
                f"{spec.base_url}: the environment variable {spec.api_key_env} is not set{named}; "
                "set it to the endpoint's key (any text where the endpoint asks for none), or name a "
                "secret that holds it: api_key_secret"
            )
        self._key = secret(self._arn)

    def __call__(self) -> str:
        """The key to use now."""
        return self._key

    def renewed(self, refused: str) -> bool:
        """Whether there is another key than one that the endpoint refused.

        The secret is read again, once a minute at most: keys are changed while a Lambda lives.

        Raises:
            UsageError: the secret holds no key any more.
            AwsRefused: it may not be read any more.
        """
        with self._lock:
            if self._fixed or self._arn is None or self._secret is None:
                return False
            if self._key == refused and self._now() - self._looked >= _LOOK_AGAIN_S:
                self._looked = self._now()
                self._key = self._secret(self._arn)
            return self._key != refused
