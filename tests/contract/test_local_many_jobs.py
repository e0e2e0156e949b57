"""A thousand jobs in one account: every one listed once, whatever is asked for, and at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.bedrock_jobs import create_many, disagreements, fine_tuning
from tests.contract.conftest import Local

# A region of their own: what is listed elsewhere stays short.
REGION = "us-west-2"
COUNT = 1_000
NAMES = [f"many-{number}" for number in range(COUNT)]


@pytest.fixture(scope="module")
def bedrock(local: Local) -> Iterator[Any]:
    """A client of a region with a thousand jobs, in the order of their numbers."""
    # Records that fail a job at once: what is listed is the same.
    template = fine_tuning(local, b"{}\n")
    create_many(
        local,
        REGION,
        (
            {**template, "jobName": name, "customModelName": name, "clientRequestToken": name}
            for name in NAMES
        ),
    )
    client = boto3.client(
        "bedrock",
        endpoint_url=local.endpoint,
        region_name=REGION,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )
    while client.list_model_customization_jobs(statusEquals="InProgress", maxResults=1)[
        "modelCustomizationJobSummaries"
    ]:
        time.sleep(0.1)
    yield client
    client.close()


def listed(bedrock: Any, **asked: Any) -> list[str]:
    """The names on all pages."""
    pages = bedrock.get_paginator("list_model_customization_jobs").paginate(**asked)
    return [one["jobName"] for page in pages for one in page["modelCustomizationJobSummaries"]]


def test_each_is_listed_once_the_newest_first(bedrock: Any) -> None:
    assert listed(bedrock) == NAMES[::-1]
    assert listed(bedrock, sortOrder="Ascending", maxResults=400) == NAMES


def test_a_page_is_as_long_as_asked_and_as_botocore_has_it(bedrock: Any) -> None:
    started = time.monotonic()
    page = bedrock.list_model_customization_jobs(maxResults=1000)
    took = time.monotonic() - started
    assert len(page["modelCustomizationJobSummaries"]) == COUNT
    assert "nextToken" not in page
    assert disagreements("ListModelCustomizationJobs", page) == []
    # Most of it is botocore's reading of 9,000 times; 0.7 s measured.
    assert took < 5
    with pytest.raises(ClientError, match="ValidationException"):
        bedrock.list_model_customization_jobs(maxResults=1001)


def test_filters_look_at_all_of_them(bedrock: Any) -> None:
    assert listed(bedrock, nameContains="many-99") == [
        name for name in NAMES[::-1] if "many-99" in name
    ]
    assert listed(bedrock, statusEquals="Completed") == []
    assert len(listed(bedrock, statusEquals="Failed")) == COUNT
    (middle,) = bedrock.list_model_customization_jobs(nameContains=NAMES[500], maxResults=1)[
        "modelCustomizationJobSummaries"
    ]
    at = middle["creationTime"]
    before = listed(bedrock, creationTimeBefore=at, sortOrder="Ascending")
    after = listed(bedrock, creationTimeAfter=at, sortOrder="Ascending")
    # Times are in milliseconds, in which more than one job can be made.
    together = set(NAMES) - set(before) - set(after)
    assert NAMES[500] in together
    assert before == NAMES[: len(before)] and after == NAMES[-len(after) :]
    between = {"creationTimeAfter": at, "nameContains": "many-7"}
    assert listed(bedrock, **between, sortOrder="Ascending") == [n for n in after if "many-7" in n]


def test_what_comes_and_goes_between_two_pages_shifts_nothing(local: Local) -> None:
    mark, template = f"turn{uuid4().hex[:6]}", fine_tuning(local, b"{}\n")

    def create(*names: str) -> None:
        changes = ({"jobName": n, "customModelName": n, "clientRequestToken": n} for n in names)
        create_many(local, "us-east-1", ({**template, **change} for change in changes))

    names = [f"{mark}-{number}" for number in range(4)]
    create(*names)
    bedrock = local.client("bedrock")
    for order, wanted in (("Descending", names[::-1]), ("Ascending", names)):
        asked = {"nameContains": f"{mark}-", "maxResults": 2, "sortOrder": order}
        first = bedrock.list_model_customization_jobs(**asked)
        shown = [one["jobName"] for one in first["modelCustomizationJobSummaries"]]
        assert shown == wanted[:2]
        local_aws.forget_job(local.endpoint, "bedrock", shown[-1])
        create(f"{mark}-new")
        second = bedrock.list_model_customization_jobs(**asked, nextToken=first["nextToken"])
        found = [one["jobName"] for one in second["modelCustomizationJobSummaries"]]
        assert found == wanted[2:]
        # As it was, for the other order.
        local_aws.forget_job(local.endpoint, "bedrock", f"{mark}-new")
        for name in names:
            with contextlib.suppress(OSError):
                local_aws.forget_job(local.endpoint, "bedrock", name)
        create(*names)
