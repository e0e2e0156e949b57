"""The tables of docs/scale.md, by the model that `nova-rft score --estimate` uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nova_rft.cli._score_estimate import duration
from nova_rft.scale.estimate import (
    Calls,
    EngineName,
    Estimate,
    Load,
    Quotas,
    about_quotas,
    estimate,
)
from nova_rft.spec import Price

PAGE: Final = Path(__file__).parents[1] / "scale.md"
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
ENGINES: Final[tuple[EngineName, ...]] = ("here", "lambda", "map", "batch")
_BYTES: Final = 2000
_EVENT: Final = 256
_MARK: Final = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def example(items: int, *, latency_s: float = 2.5) -> Load:
    """So many responses of 2,000 bytes, each asked about once."""
    judge = Calls(
        model="judge",
        calls=items,
        tokens_in=_BYTES / 4 + 800,
        tokens_out=250,
        reserved=1024,
        concurrency=16,
        latency_s=latency_s,
        price=Price(input=0.8, output=3.2),
    )
    return Load(items, -(-items // _EVENT), items * _BYTES, (judge,))


def page(text: str) -> str:
    """The page with its tables as the code gives them."""
    made = {
        "times": _times(Quotas()),
        "raised": _times(Quotas(requests_per_minute=10_000, tokens_per_minute=20_000_000)),
        "quotas": _quotas(),
    }
    return _MARK.sub(lambda found: f"{found[1]}{made[found[2]]}\n{found[3]}", text)


def _times(quotas: Quotas) -> str:
    head = "| responses | engine | about | due to | judges | services | |\n|--:|---|--:|---|--:|--:|---|"
    return "\n".join([head, *_rows(quotas)])


def _rows(quotas: Quotas) -> Iterator[str]:
    for items in SIZES:
        for engine in ENGINES:
            most = {"map": 500}.get(engine, 32)
            found = estimate(example(items), engine, quotas, concurrency=most)
            cost = f"{found.judges:,.0f}" if found.judges is not None else ""
            cells = (
                f"{items:,}",
                f"`{engine}`",
                duration(found.seconds),
                found.binds,
                f"$ {cost}",
                f"$ {found.services:,.2f}",
                _made_of(found),
            )
            yield f"| {' | '.join(cells)} |"


def _made_of(found: Estimate) -> str:
    if found.engine == "batch":
        return f"{found.jobs:,} batches"
    return f"{found.children:,} children" if found.children else f"{found.events:,} events"


def _quotas() -> str:
    head = "| `--quota` | default | what it bounds | source |\n|---|--:|---|---|"
    rows = [
        f"| `{name}` | {value:,.12g} | {about} | {source} |"
        for name, value, about, source in about_quotas(Quotas())
    ]
    return "\n".join([head, *rows])
