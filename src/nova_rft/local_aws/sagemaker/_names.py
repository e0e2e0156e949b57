"""ARNs, tags and pages: what all of SageMaker's resources have in common."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._protocol import NotOurs, Operation, Request, ServiceError, moment

# botocore's model, TagList.
_MOST_TAGS: Final = 50
# What the API's reference says that lists give where nothing is asked for.
_PAGE: Final = 10
_KINDS: Final = ("training-job", "hub", "hub-content", "model-package-group", "model-package")


def arn_of(region: str, kind: str, name: str, account: str = DEFAULT_ACCOUNT_ID) -> str:
    """An ARN of SageMaker's."""
    return f"arn:aws:sagemaker:{region}:{account}:{kind}/{name}"


def last_part(name_or_arn: str) -> str:
    """The name in an ARN such as `...:hub/NAME`; a name is its own."""
    return name_or_arn.rsplit("/", 1)[-1]


def invalid(message: str) -> ServiceError:
    """A request that the service refuses."""
    return ServiceError("ValidationException", message)


class Tags:
    """The tags of the resources that are ours; those of all others are moto's."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self.operations: Mapping[str, Operation] = {
            "AddTags": self._add,
            "ListTags": self._list,
            "DeleteTags": self._delete,
        }

    def put(self, arn: str, tags: Iterable[Mapping[str, str]]) -> None:
        """Begins, or replaces, the tags of a resource; `tags` as `check` lets them pass."""
        with self._lock:
            self._known[arn] = {tag["Key"]: tag["Value"] for tag in tags}

    def add(self, arn: str, key: str, value: str) -> None:
        """One tag more, unless the resource is gone."""
        with self._lock:
            if arn in self._known:
                self._known[arn][key] = value

    def listed(self, arn: str) -> list[dict[str, str]]:
        """A resource's tags, as requests and answers write them."""
        with self._lock:
            tags = self._known.get(arn, {})
            return [{"Key": key, "Value": value} for key, value in tags.items()]

    def drop(self, arn: str) -> None:
        """Forgets a resource that is gone."""
        with self._lock:
            self._known.pop(arn, None)

    def check(self, tags: Iterable[Mapping[str, str]]) -> None:
        """Refuses a key that is given twice.

        Raises:
            ServiceError: one is.
        """
        keys = [tag["Key"] for tag in tags]
        if len(set(keys)) < len(keys):
            raise invalid("Tags: a key is given twice")

    def _tagged(self, arn: str) -> dict[str, str]:
        if arn.split(":", 5)[5].split("/")[0] not in _KINDS:
            raise NotOurs
        if arn not in self._known:
            raise invalid(f"{arn} does not exist.")
        return self._known[arn]

    def _add(self, asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
        with self._lock:
            tags = self._tagged(asked["ResourceArn"])
            self.check(asked["Tags"])
            more = {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
            if len(tags | more) > _MOST_TAGS:
                raise invalid(f"A resource has at most {_MOST_TAGS} tags")
            tags.update(more)
        return {"Tags": self.listed(asked["ResourceArn"])}

    def _list(self, asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
        with self._lock:
            self._tagged(asked["ResourceArn"])
        # A resource has no more tags than fit on the smallest page.
        return {"Tags": self.listed(asked["ResourceArn"])}

    def _delete(self, asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
        with self._lock:
            tags = self._tagged(asked["ResourceArn"])
            for key in asked["TagKeys"]:
                tags.pop(key, None)
        return {}


def wanted(shown: Mapping[str, Any], asked: Mapping[str, Any], name: str) -> bool:
    """Whether a resource passes the filters of a list: its name in part, and its times."""
    if asked.get("NameContains", "") not in shown.get(name, ""):
        return False
    for field in ("CreationTime", "LastModifiedTime"):
        at = shown.get(field)
        after, before = _when(asked.get(f"{field}After")), _when(asked.get(f"{field}Before"))
        if at is not None and ((after and at <= after) or (before and at >= before)):
            return False
    return True


def _when(given: Any) -> datetime | None:
    """A time as JSON 1.1 writes it, in seconds, or as text."""
    if isinstance(given, int | float):
        return datetime.fromtimestamp(given, UTC)
    return moment(given) if given else None


def page(
    found: Iterable[Mapping[str, Any]],
    asked: Mapping[str, Any],
    sorts: Mapping[str, str],
    order: str = "Ascending",
) -> tuple[list[Mapping[str, Any]], str | None]:
    """One page of a list, and the token of the next.

    Args:
        found: What passed the filters, the oldest first.
        asked: SortBy, SortOrder, MaxResults and NextToken are read.
        sorts: The field for each word of SortBy; the time of creation without one.
        order: What the list does where nothing is asked for.

    Raises:
        ServiceError: the token is none that was given out.
    """
    field = sorts.get(asked.get("SortBy", ""), "CreationTime")
    descending = asked.get("SortOrder", order) == "Descending"
    listed = sorted(found, key=lambda one: one[field], reverse=descending)
    token = asked.get("NextToken", "0")
    if not token.isdigit():
        raise invalid("NextToken is none that was given out")
    start, size = int(token), int(asked.get("MaxResults", _PAGE))
    rest = str(start + size) if start + size < len(listed) else None
    return listed[start : start + size], rest
