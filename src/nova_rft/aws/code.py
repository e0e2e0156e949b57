"""Running programs in the function that was deployed for it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.sandbox import Case, Limits, Ran

_AT_ONCE: Final = 16
# Beyond what one synchronous call can take.
_LONGEST_S: Final = 890.0


class LambdaRunner:
    """Runs cases by Lambda's Invoke: one call for each program, so that none can harm another's."""

    def __init__(self, aws: Aws, function: str) -> None:
        """Takes the ARN of a version, so that a running job is not changed under its feet."""
        self._aws = aws
        self._function = function

    def prepare(self) -> None:
        """Nothing: whether the function is there shows when it is called."""

    def run(
        self, cases: Sequence[Case], limits: Limits, *, deadline: float | None = None
    ) -> list[Ran | None]:
        """One result for each case, in order; None where no time was left.

        Raises:
            AwsRefused: the function cannot be called.
        """
        programs = [list(some) for _, some in groupby(cases, key=lambda case: case.source)]
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            ran = pool.map(lambda some: self._call(some, limits, deadline), programs)
            return [result for some in ran for result in some]

    def _call(
        self, cases: Sequence[Case], limits: Limits, deadline: float | None
    ) -> Sequence[Ran | None]:
        left = _LONGEST_S if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return [None] * len(cases)
        event = {
            "source": cases[0].source,
            "cases": [{"kind": case.kind, "text": case.text} for case in cases],
            "limits": asdict(limits),
            "seconds": min(left, _LONGEST_S),
        }
        with aws_errors():
            answer = self._aws.invoke_client().invoke(
                FunctionName=self._function, Payload=json.dumps(event).encode()
            )
            payload: Any = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            # A program that ends the machine it runs on has failed; nobody else was in there.
            said = str(payload.get("errorMessage", payload))[:200]
            return [Ran(False, problem=f"the sandbox ended: {said}")] * len(cases)
        return [None if one is None else Ran(**one) for one in payload["ran"]]
