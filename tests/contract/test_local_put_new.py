"""S3's conditional writes, as the embedded AWS has them: of several at once one is let through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import delete, find, put_new
from tests.contract.bedrock_jobs import bucket
from tests.contract.conftest import Local


def test_one_of_many_is_let_through(aws: Aws, local: Local) -> None:
    place = bucket(local)
    assert find(aws, place, "mark") is None
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda n: put_new(aws, place, "mark", b"%d" % n), range(8)))
    assert tries.count(True) == 1
    assert find(aws, place, "mark") == b"%d" % tries.index(True)
    delete(aws, place, "mark")
    delete(aws, place, "mark")
    assert put_new(aws, place, "mark", b"again")
