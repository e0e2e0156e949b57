"""Tags of jobs, models and deployments."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nova_rft.local_aws._protocol import Operation, Request, ServiceError

# botocore's model, TagList.
_MOST: Final = 200


class Tags:
    """The tags of everything, by ARN."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._of: dict[str, dict[str, str]] = {}
        self.operations: Mapping[str, Operation] = {
            "ListTagsForResource": self._list,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def put(self, arn: str, tags: Iterable[Mapping[str, str]], **more: str) -> None:
        """Begins the tags of a new thing."""
        with self._lock:
            self._of[arn] = _by_key(tags) | more

    def drop(self, arn: str) -> None:
        """Forgets the tags of a thing that is gone."""
        with self._lock:
            self._of.pop(arn, None)

    def _tagged(self, arn: str) -> dict[str, str]:
        try:
            return self._of[arn]
        except KeyError:
            raise ServiceError("ResourceNotFoundException", f"Could not find {arn}") from None

    def _list(self, asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
        with self._lock:
            tags = self._tagged(asked["resourceARN"])
            return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tag(self, asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
        check_tags(asked, "tags")
        with self._lock:
            tags = self._tagged(asked["resourceARN"])
            changed = tags | _by_key(asked["tags"])
            if len(changed) > _MOST:
                raise ServiceError("TooManyTagsException", f"A resource has at most {_MOST} tags")
            tags.update(changed)
        return {}

    def _untag(self, asked: dict[str, Any], _: Request) -> Mapping[str, Any]:
        with self._lock:
            tags = self._tagged(asked["resourceARN"])
            for key in asked["tagKeys"]:
                tags.pop(key, None)
        return {}


def check_tags(asked: Mapping[str, Any], *members: str) -> None:
    """Refuses tags that give a key twice.

    Args:
        asked: The request.
        members: Those of its members that are lists of tags.

    Raises:
        ServiceError: one does.
    """
    for name in members:
        keys = [tag["key"] for tag in asked.get(name, ())]
        if len(set(keys)) < len(keys):
            raise ServiceError("ValidationException", f"{name}: a key is given twice")


def _by_key(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in tags}
