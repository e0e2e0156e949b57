"""A job's spec from AWS, with changes: read again by the spec's own rules."""

from __future__ import annotations

import pytest

from nova_rft.errors import UsageError
from nova_rft.jobs._clone import _put


def test_changes_go_where_their_keys_say() -> None:
    tree = {"training": {"epochs": 1, "learning_rate": 1e-5}}
    _put(tree, ["training", "learning_rate"], 2e-5)
    _put(tree, ["training", "epochs"], None)
    _put(tree, ["prices", "hour"], 3)
    assert tree == {"training": {"learning_rate": 2e-5}, "prices": {"hour": 3}}


def test_a_key_under_a_value_is_refused() -> None:
    with pytest.raises(UsageError, match=r"training\.epochs\.x: epochs holds no keys"):
        _put({"training": {"epochs": 1}}, ["training", "epochs", "x"], 1)
