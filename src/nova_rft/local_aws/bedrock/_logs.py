"""Invocation logs as training data: what was asked, and where it is wanted what was answered."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from nova_rft.data import json_lines
from nova_rft.data.shapes import LeftOut, Unconvertible, convert
from nova_rft.local_aws._account import Account
from nova_rft.local_aws.training import JobFailed


def records_in_logs(
    config: Mapping[str, Any], technique: str, account: Account
) -> list[dict[str, Any]]:
    """Records of a technique's shape, from the calls that the filters let through.

    Args:
        config: The request's `invocationLogsConfig`.
        technique: `sft`, `distillation` or `rft`.
        account: Where the logs are.

    Raises:
        JobFailed: the logs cannot be read, or no call of them is an example.
    """
    uri = config["invocationLogSource"]["s3Uri"]
    found: list[dict[str, Any]] = []
    reasons: Counter[str] = Counter()
    for entry in _entries(uri, account):
        if not _matches(config.get("requestMetadataFilters", {}), entry.get("requestMetadata", {})):
            continue
        try:
            record = convert(entry, "logs", technique).record
        except (LeftOut, Unconvertible) as reason:
            reasons[str(reason)] += 1
            continue
        found.append(record if config.get("usePromptResponse") else _asked_alone(record))
    if not found:
        most = f": {reasons.most_common(1)[0][0]}" if reasons else ""
        raise JobFailed(f"the invocation logs at {uri} hold no call to train on{most}")
    return found


def _asked_alone(record: dict[str, Any]) -> dict[str, Any]:
    """A record without its answer."""
    turns = record["messages"]
    asked = turns[:-1] if turns[-1]["role"] == "assistant" else turns
    kept = {key: value for key, value in record.items() if key != "reference_answer"}
    return {**kept, "messages": asked}


def _entries(uri: str, account: Account) -> Iterator[dict[str, Any]]:
    for place in account.objects(uri):
        # Bodies that were too long for an entry lie beside the logs.
        if "/data/" in place:
            continue
        body = account.read(place)
        try:
            body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        except (OSError, EOFError, zlib.error):
            raise JobFailed(f"{place} is not compressed as it begins") from None
        for line in json_lines(body.splitlines(keepends=True)):
            if line.problem or not isinstance(line.value, dict):
                raise JobFailed(f"{place}:{line.number}: {line.problem or 'is no object'}")
            yield line.value


def _matches(filters: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Whether a call's metadata passes; botocore's model lets exactly one filter be set."""
    if "andAll" in filters:
        return all(_matches(one, metadata) for one in filters["andAll"])
    if "orAll" in filters:
        return any(_matches(one, metadata) for one in filters["orAll"])
    equal = filters.get("equals", {}).items()
    other = filters.get("notEquals", {}).items()
    return all(metadata.get(key) == value for key, value in equal) and all(
        metadata.get(key) != value for key, value in other
    )
