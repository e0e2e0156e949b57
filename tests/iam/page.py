"""docs/least-privilege.md: what each role may do, and what fails without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.iam.grants import Grant
from tests.iam.only_aws import OF_STAGES, Asked

# What the names of a project's own begin with: project and stage.
PROJECT: Final = re.compile(r"\b[a-z0-9-]+-dev-")
_STAGES: Final = "What a stage's key and network add"
_HEAD = """# Least privilege

Written by `make prove-iam`; `tests/infra/test_least_privilege.py` holds it to the templates.

Each row is one action on one resource. The embedded AWS, which enforces IAM there, ran the product
without it, and the last column says what failed. Where nothing failed, the embedded AWS does not do what
needs it; the column then names the page of AWS's that asks for it. There is no third kind of row.

Names: `DATA` and `OUTPUT` are the project's buckets, `REWARD`, `CODE`, `STEPS` and `SCORE` its
functions, `TABLE` the judges' table, `RUNS` the pipeline's, `LETTERS` its dead letters, `PACK` what a
deployment starts it with, `TOPIC` and `SECRET` who is told, `MODEL-KEY` the key of a model that is asked
elsewhere, `GROUP` and `HUB` the registry, `JOB-ROLE` the jobs' role, `LOG` the log of the function
itself, `KEY` the key of a teacher's answers, `STAGE-KEY` the stage's own, `PROJECT` the project and its
stage, `ACCOUNT` and `REGION` what they say. A condition stands in parentheses.

Who may assume a role: Bedrock, SageMaker and Step Functions for jobs and machines of this account and
region alone (`aws:SourceAccount`, `aws:SourceArn`). The functions' roles trust Lambda without a
condition: no page of AWS's says that Lambda sends these keys when it assumes an execution role, and a
role cannot be passed to a function of another account.

On HyperPod and with a Bedrock API key there is no role of ours: a policy is made, to be attached. The
embedded AWS has no HyperPod; that policy is made of the same statements as a recipe job's.

Not here: what `resume_from`, `mlflow.tracking_uri` or `compute.image` of a spec add, which is said
beside the statements in `infra/rights.py`; and what CloudFormation does in its own role, which the
embedded AWS does not look at. The roles of the CDK's bootstrap are held to their policies like all
others.
"""


@dataclass(frozen=True)
class Row:
    """A grant of one role, and why it is there."""

    cell: str
    role: str
    grant: Grant
    failed: str
    asked: Asked | None

    @property
    def needed(self) -> bool:
        """Whether something needs it."""
        return bool(self.failed) or self.asked is not None


def page(rows: Iterable[Row], before: str, *, whole: bool) -> str:
    """The page.

    Args:
        rows: What was tried.
        before: The page as it was: its order stays.
        whole: Whether roles that were not tried go, and do not stay as they were.
    """
    tried = _tables(list(rows))
    tables = {
        title: table
        for title, table in {**_tables_of(before), **tried}.items()
        if title in tried or not whole
    }
    text = "\n".join(f"## {title}\n\n{table}\n" for title, table in tables.items())
    return f"{_HEAD}\n{text}\n" + "\n".join(_of_stages()) + "\n"


def _tables_of(text: str) -> dict[str, str]:
    sections = [one.partition("\n") for one in text.split("\n## ")[1:]]
    return {title: table.strip() for title, _, table in sections if title != _STAGES}


def _of_stages() -> Iterator[str]:
    """What a key and a network add to the roles; the embedded AWS has nothing of them."""
    yield f"## {_STAGES}\n"
    yield "| actions | resource | only in AWS |"
    yield "|---|---|---|"
    for one in OF_STAGES:
        actions = ", ".join(f"`{action}`" for action in one.actions.split())
        if one.effect == "Deny":
            actions = f"**deny** {actions}"
        where = one.resource.replace("[*]", "*")
        yield f"| {actions} | `{where}` | {one.why} ({one.page}) |"


def _tables(rows: list[Row]) -> dict[str, str]:
    """By title: `CELL: the ROLE`."""
    found: dict[str, list[str]] = {}
    head = ["| action | resource | without it |", "|---|---|---|"]
    for row in rows:
        line = f"| {row_key(row.grant)} | {_why(row)} |"
        found.setdefault(f"{row.cell}: the {row.role}", [*head]).append(line)
    return {title: "\n".join(lines) for title, lines in found.items()}


def row_key(grant: Grant) -> str:
    """The first two columns."""
    action = f"**deny** `{grant.action}`" if grant.effect == "Deny" else f"`{grant.action}`"
    where = f" ({_condition(grant.condition)})" if grant.condition else ""
    return f"{action} | `{grant.resource}`{where}"


def _condition(condition: str) -> str:
    return "; ".join(
        f"`{key}` {operator} `{value if isinstance(value, str) else ', '.join(value)}`"
        for operator, pairs in json.loads(condition).items()
        for key, value in pairs.items()
    )


def _why(row: Row) -> str:
    if row.failed:
        return row.failed
    if row.asked is None:
        return "NOTHING"
    return f"only in AWS: {row.asked.why} ({row.asked.page})"
