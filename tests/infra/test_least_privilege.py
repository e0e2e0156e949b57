"""The page that `make prove-iam` writes is about the rights that the templates give, each of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from nova_rft.spec import Need
from tests.iam.events import JUDGED
from tests.iam.page import row_key
from tests.infra.conftest import KINDS, ROOT, Templates
from tests.infra.plain import policies

HYPERPOD = [kind for kind in KINDS if Need.CLUSTER in KINDS[kind].needs]


@pytest.fixture(scope="module")
def proven() -> dict[str, set[str]]:
    """Rows by section, without what failed."""
    text = (ROOT / "docs" / "least-privilege.md").read_text()
    found: dict[str, set[str]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        rows = [line for line in body.splitlines() if re.match(r"\| (`|\*\*)", line)]
        assert not [row for row in rows if "NOTHING" in row], "nothing needs a right; take it away"
        found[title] = {" | ".join(row.strip("| ").split(" | ")[:2]) for row in rows}
    return found


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in HYPERPOD])
def test_every_right_of_a_job_is_proven(
    proven: dict[str, set[str]], of_kind: Callable[[str], Templates], kind: str
) -> None:
    role = "key's policy" if Need.API_KEY in KINDS[kind].needs else "job's role"
    ((_, given),) = policies(of_kind(kind)["customization"])
    assert {row_key(grant) for grant in given} == proven[f"{kind}: the {role}"]


@pytest.mark.parametrize("kind", HYPERPOD)
def test_what_hyperpod_adds_is_proven_elsewhere(
    proven: dict[str, set[str]], of_kind: Callable[[str], Templates], kind: str
) -> None:
    ((_, given),) = policies(of_kind(kind)["customization"])
    same = kind.replace("hyperpod", "sagemaker-recipe")
    assert {row_key(grant) for grant in given} < proven[f"{same}: the job's role"]


def test_every_right_of_the_functions_is_proven(
    proven: dict[str, set[str]], synthesise: Callable[..., Templates]
) -> None:
    given = dict(policies(synthesise(JUDGED)["reward"]))
    code = next(name for name in given if name.startswith("Code"))
    for name, role in ((code, "the role of the code's function"), (None, "the reward's role")):
        grants = given.pop(name) if name else next(iter(given.values()))
        assert {row_key(grant) for grant in grants} == proven[f"rft: {role}"]
