"""The engine `map`: chunks in S3, scored by a state machine's children, however this machine fares."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from nova_rft.aws.folder import BucketFolder
from nova_rft.aws.machine import execution_status, start_execution
from nova_rft.aws.scoring import PREFIX, failure_of, running_executions
from nova_rft.aws.session import Aws
from nova_rft.scale._engine import Answered, Chunk, EngineFailed, Say, say_nothing
from nova_rft.scale._ledger import part_of, totals_of
from nova_rft.scale.part import pack_chunk

_RUNNING: Final = "RUNNING"
_FIRST_LOOK_S: Final = 0.25
_LONGEST_LOOK_S: Final = 30.0
_SIDE_BY_SIDE: Final = 16


@dataclass(frozen=True, slots=True)
class MapEngine:
    """Has Step Functions call the reward Lambda.

    Attributes:
        aws: The account.
        machine: The state machine's ARN.
        function: The version of the reward Lambda that scores.
        parts: The ledger's folder in S3, where children write their rows.
        concurrency: Children at once.
        say: Told how far it is.
    """

    aws: Aws
    machine: str
    function: str
    parts: BucketFolder
    concurrency: int = 500
    say: Say = say_nothing
    name: str = "map"

    def settle(self) -> None:
        """Waits for executions that an earlier run began: what they score is not asked for again."""
        for execution in list(running_executions(self.aws, self.machine, self._prefix)):
            self.say("an earlier run of the same reward goes on in AWS; waiting for its end")
            pause = _FIRST_LOOK_S
            while execution_status(self.aws, execution) == _RUNNING:
                time.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_LOOK_S)

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        """What came of each chunk, as its part appears; see `Engine.score`.

        Raises:
            EngineFailed: the execution failed and wrote nothing.
        """
        run = secrets.token_hex(6)
        manifest, count = self._send(chunks, run)
        if not count:
            return
        execution = start_execution(
            self.aws,
            self.machine,
            f"{self._prefix}{run}",
            {"bucket": self.parts.bucket, "manifest": manifest, "concurrency": self.concurrency},
        )
        failures: dict[str, str] = {}
        seen: set[str] = set()
        pause = _FIRST_LOOK_S
        while True:
            ended = execution_status(self.aws, execution) != _RUNNING
            found = [name for name in self.parts.names() if name not in seen and _is_of(name, run)]
            seen.update(found)
            self.say(f"{len(seen):,} of {count:,} chunks")
            yield from self._read(found, failures)
            if ended:
                break
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK_S)
        why = failure_of(self.aws, execution)
        if why and not seen:
            raise EngineFailed(f"the state machine scored nothing: {why}")
        for chunk in chunks:
            said = why or next(iter(failures.values()), "its child wrote no rows")
            yield Answered(chunk, failure=failures.get(chunk.key, said))

    @property
    def _prefix(self) -> str:
        """What the names of this ledger's executions begin with."""
        return f"{self.parts.prefix.strip('/').rpartition('/')[2]}-"

    def _send(self, chunks: Iterable[Chunk], run: str) -> tuple[str, int]:
        """Writes the chunks and the list of them; its key, and how many they are."""
        folder = BucketFolder(self.aws, self.parts.bucket, f"{PREFIX}chunks/{run}/")
        entries = []
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            flying: list[Future[None]] = []
            for chunk in chunks:
                body = pack_chunk(chunk.keys, chunk.raws, chunk.groups)
                flying.append(pool.submit(folder.put, chunk.key, body))
                entries.append(
                    {
                        "chunk": folder.prefix + chunk.key,
                        "part": f"{self.parts.prefix}{chunk.key}-{run}",
                        "function": self.function,
                    }
                )
                while len(flying) > 2 * _SIDE_BY_SIDE:
                    flying.pop(0).result()
            for one in flying:
                one.result()
        manifests = BucketFolder(self.aws, self.parts.bucket, f"{PREFIX}manifests/")
        manifests.put(f"{run}.json", json.dumps(entries).encode())
        return f"{manifests.prefix}{run}.json", len(entries)

    def _read(self, names: list[str], failures: dict[str, str]) -> Iterator[Answered]:
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            for start in range(0, len(names), 4 * _SIDE_BY_SIDE):
                some = names[start : start + 4 * _SIDE_BY_SIDE]
                for name, body in zip(some, pool.map(self.parts.get, some), strict=True):
                    part = part_of(body, name)
                    keys = tuple(key for key, _ in part.pairs)
                    if part.failure:
                        failures |= {name.partition("-")[0]: part.failure}
                    if keys:
                        chunk = Chunk(keys, (), ())
                        rows = [row for _, row in part.pairs]
                        yield Answered(chunk, rows, totals_of(part.spent), part=name)


def _is_of(name: str, run: str) -> bool:
    return name.endswith(f"-{run}")
