"""`make prove-iam`: runs the product with one right less at a time, and writes what failed.

`python -m tests.iam NAME ...` does so for some roles: `scoring`, `"sft on bedrock, pipeline"`.
Ends with status 1 where nothing fails and no page of AWS's asks for the right.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from nova_rft import local_aws
from tests.iam.cells import KINDS, Place, Proven, job_proof
from tests.iam.events import event_proof
from tests.iam.grants import Document, Grant, grants, without
from tests.iam.only_aws import asked_by_aws
from tests.iam.page import PROJECT, Row, page
from tests.iam.pipelines import INSIDE, PIPELINES, inside_proof, pipeline_proof
from tests.iam.scoring import scoring_proof
from tests.support import EXAMPLE, ROOT, own_cloud

_STARTED: Final = time.monotonic()
_PAGE: Final = ROOT / "docs" / "least-privilege.md"
_PLACES: Final = (("123456789012", "ACCOUNT"), ("us-east-1", "REGION"))


def main() -> int:
    """Writes the page; the exit status."""
    before, rows = _PAGE.read_text(), list[Row]()
    with tempfile.TemporaryDirectory(prefix="prove-iam-") as folder:
        home = Path(folder) / "home"
        recorded = f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}"
        place = Place(own_cloud(home, recorded, enforce_iam=True))
        os.environ.update(place.cloud.environment)
        try:
            for row in _rows(place, Path(folder), sys.argv[1:]):
                rows.append(row)
                # A run that is cut short leaves what it has tried.
                _PAGE.write_text(page(rows, before, whole=False))
        finally:
            local_aws.down(home)
    _PAGE.write_text(page(rows, before, whole=not sys.argv[1:]))
    seconds = time.monotonic() - _STARTED
    print(f"{_PAGE.relative_to(ROOT)}: {len(rows)} rights in {seconds:.0f} s")
    unneeded = [row for row in rows if not row.needed]
    for row in unneeded:
        print(f"nothing needs {row.cell}, {row.role}: {row.grant}")
    return 1 if unneeded else 0


def _rows(place: Place, folder: Path, asked: list[str]) -> Iterator[Row]:
    for kind in PIPELINES:
        if not asked or f"{kind}, pipeline" in asked:
            with pipeline_proof(
                place, kind, folder / f"pipeline-{kind.replace(' ', '-')}"
            ) as roles:
                for proven in roles:
                    yield from _tried(place, proven)
    if not asked or INSIDE in asked:
        with inside_proof(place, folder / "inside") as roles:
            for proven in roles:
                yield from _tried(place, proven)
    if not asked or "scoring" in asked:
        for proven in scoring_proof(place, folder / "scoring"):
            yield from _tried(place, proven)
    for kind in (kind for kind, cell in KINDS.items() if cell.backend != "hyperpod"):
        if not asked or kind in asked:
            yield from _tried(place, job_proof(place, kind, folder / kind.replace(" ", "-")))
    if not asked or "events" in asked:
        with event_proof(place, folder / "events") as roles:
            for proven in roles:
                yield from _tried(place, proven)


def _tried(place: Place, proven: Proven) -> Iterator[Row]:
    """A role's grants, each taken away and given back."""
    failed = proven.run()
    if failed:
        raise SystemExit(f"{proven.name}, {proven.role}: with all its rights, {failed}")
    for document, write in _policies(place, proven.holder):
        for grant in dict.fromkeys(grants(document)):
            write(without(document, grant))
            failed = _plain(proven.run(), proven.names)
            write(document)
            plain = _named(grant, proven.names)
            yield Row(proven.name, proven.role, plain, failed, asked_by_aws(plain, proven.backend))
            said = f"{proven.name}, {proven.role}, {plain.action} {plain.resource}: {failed[:90]}"
            print(f"{time.monotonic() - _STARTED:5.0f} s  {said}", flush=True)


def _policies(place: Place, holder: str) -> Iterator[tuple[Document, Callable[[Document], None]]]:
    """The policies of a role, or a managed policy itself; each with what replaces it."""
    iam = place.client("iam")
    if ":policy/" in holder:
        version = iam.get_policy(PolicyArn=holder)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=holder, VersionId=version)["PolicyVersion"]
        yield found["Document"], lambda document: _new_version(iam, holder, document)
        return
    role = holder.rsplit("/", 1)[-1]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        found = iam.get_role_policy(RoleName=role, PolicyName=name)

        def put(document: Document, name: str = name) -> None:
            text = json.dumps(document)
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)

        yield found["PolicyDocument"], put


def _new_version(iam: Any, arn: str, document: Document) -> None:
    """A policy has five versions at most: the one before goes."""
    before = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=arn, VersionId=before)


def _named(grant: Grant, names: dict[str, str]) -> Grant:
    return Grant(
        grant.effect,
        grant.action,
        _plain(grant.resource, names),
        _plain(grant.condition, names),
    )


def _plain(text: str, names: dict[str, str]) -> str:
    """A text with plain names, the longest first; of a refusal, the action."""
    for given in sorted(names, key=len, reverse=True):
        text = text.replace(given, names[given])
    for given, name in _PLACES:
        text = text.replace(given, name)
    text = PROJECT.sub("PROJECT-", text)
    text = re.sub(r"\bnova-rft-[0-9a-f]{32}\b", "BATCH", text)
    text = re.sub(r"(?<=custom-model-deployment/)[a-z0-9]{12}\b", "DEPLOYMENT", text)
    return re.sub(r"(?:User: \S+ is )?(not authorized to perform): (\S+).*", r"\1 `\2`", text)


if __name__ == "__main__":
    sys.exit(main())
