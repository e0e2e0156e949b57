"""Hubs and what is in them: private ones, and SageMakerPublicHub."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.sagemaker._names import Tags, arn_of, invalid, last_part, page, wanted
from nova_rft.local_aws.sagemaker._public_hub import PUBLIC_HUB, public_hub, public_models

_JSON_SCHEMA: Final = "2.0.0"
_SHORT: Final = (
    *("HubContentName", "HubContentArn", "HubContentVersion", "HubContentType"),
    *("DocumentSchemaVersion", "HubContentDisplayName", "HubContentDescription"),
    *("SupportStatus", "HubContentSearchKeywords", "HubContentStatus", "CreationTime"),
)
# What UpdateHub takes.
_CHANGEABLE: Final = ("HubDescription", "HubDisplayName", "HubSearchKeywords")
_SORTS: Final = {
    "HubName": "HubName",
    "HubStatus": "HubStatus",
    "HubContentName": "HubContentName",
    "HubContentStatus": "HubContentStatus",
}
# Region, hub, type and name of a content.
_Place = tuple[str, str, str, str]


class Hubs:
    """The hubs of all regions, in memory."""

    def __init__(self, account: Account, tags: Tags) -> None:
        self._account = account
        self._tags = tags
        self._hubs: dict[tuple[str, str], dict[str, Any]] = {}
        self._contents: dict[_Place, dict[str, dict[str, Any]]] = {}
        self._lock = threading.RLock()
        self.operations: Mapping[str, Operation] = {
            "CreateHub": lambda asked, request: {"HubArn": self.create(asked, request.region)},
            "DescribeHub": lambda asked, request: self._hub(asked["HubName"], request.region),
            "ListHubs": self._list_hubs,
            "DeleteHub": lambda asked, request: self.delete(asked["HubName"], request.region),
            "ImportHubContent": self._import,
            "DescribeHubContent": self._describe_content,
            "ListHubContents": self._list_contents,
            "ListHubContentVersions": self._list_versions,
            "DeleteHubContent": self._delete_content,
        }

    def create(self, asked: Mapping[str, Any], region: str) -> str:
        """Makes a hub; its ARN.

        Raises:
            ServiceError: the name is in use.
        """
        name, now = asked["HubName"], datetime.now(UTC)
        self._tags.check(asked.get("Tags", ()))
        arn = arn_of(region, "hub", name)
        with self._lock:
            if (region, name) in self._hubs or name == PUBLIC_HUB:
                raise ServiceError("ResourceInUse", f"The hub {name} exists already")
            self._hubs[region, name] = {
                **{key: value for key, value in asked.items() if key != "Tags"},
                "HubArn": arn,
                "HubStatus": "InService",
                "CreationTime": now,
                "LastModifiedTime": now,
            }
            self._tags.put(arn, asked.get("Tags", ()))
        return arn

    def change(self, name: str, region: str, given: Mapping[str, Any]) -> None:
        """Replaces members of a hub, and its tags."""
        with self._lock:
            hub = self._hub(name, region)
            hub |= {key: given[key] for key in _CHANGEABLE if key in given}
            hub["LastModifiedTime"] = datetime.now(UTC)
            self._tags.put(hub["HubArn"], given.get("Tags", ()))

    def delete(self, name_or_arn: str, region: str) -> Mapping[str, Any]:
        """Removes an empty hub.

        Raises:
            ServiceError: there is none, or it is not empty.
        """
        name = last_part(name_or_arn)
        with self._lock:
            hub = self._own(name, region)
            if any(place[:2] == (region, name) for place in self._contents):
                raise ServiceError("ResourceInUse", f"The hub {name} still has contents")
            del self._hubs[region, name]
            self._tags.drop(hub["HubArn"])
        return {}

    def content_by_arn(self, arn: str) -> Mapping[str, Any] | None:
        """The content that an ARN of this account names, with its version or as its newest."""
        head, _, path = arn.partition(":hub-content/")
        parts = path.split("/")
        region = head.split(":")[3] if head.count(":") == 4 else ""
        if len(parts) not in (3, 4):
            return None
        with self._lock:
            versions = self._contents.get((region, parts[0], parts[1], parts[2]))
            if not versions or arn_of(region, "hub-content", path) != arn:
                return None
            return versions.get(parts[3]) if len(parts) == 4 else versions[_newest(versions)]

    def _hub(self, name_or_arn: str, region: str) -> dict[str, Any]:
        name = last_part(name_or_arn)
        if name == PUBLIC_HUB:
            return public_hub(region)
        return self._own(name, region)

    def _own(self, name: str, region: str) -> dict[str, Any]:
        with self._lock:
            if name == PUBLIC_HUB:
                raise ServiceError("AccessDeniedException", f"{PUBLIC_HUB} cannot be changed")
            if (region, name) not in self._hubs:
                raise ServiceError("ResourceNotFound", f"Hub with name {name} does not exist.")
            return self._hubs[region, name]

    def _list_hubs(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        keep = (
            *("HubName", "HubArn", "HubDisplayName", "HubDescription", "HubSearchKeywords"),
            *("HubStatus", "CreationTime", "LastModifiedTime"),
        )
        with self._lock:
            found = [
                {key: hub[key] for key in keep if key in hub}
                for (region, _), hub in self._hubs.items()
                if region == request.region and wanted(hub, asked, "HubName")
            ]
        listed, rest = page(found, asked, _SORTS)
        return {"HubSummaries": listed, "NextToken": rest}

    def _import(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        region, now = request.region, datetime.now(UTC)
        _check_document(asked)
        self._tags.check(asked.get("Tags", ()))
        version = asked.get("HubContentVersion", "1.0.0")
        with self._lock:
            hub = self._own(last_part(asked["HubName"]), region)
            name, kind = asked["HubContentName"], asked["HubContentType"]
            versions = self._contents.setdefault((region, hub["HubName"], kind, name), {})
            if version in versions:
                text = f"{kind} {name} has a version {version} already; import another"
                raise ServiceError("ResourceInUse", text)
            path = f"{hub['HubName']}/{kind}/{name}/{version}"
            arn = arn_of(region, "hub-content", path)
            versions[version] = {
                **{key: value for key, value in asked.items() if key != "Tags"},
                "HubName": hub["HubName"],
                "HubArn": hub["HubArn"],
                "HubContentArn": arn,
                "HubContentVersion": version,
                "HubContentStatus": "Available",
                "CreationTime": now,
                "LastModifiedTime": now,
            }
            self._tags.put(arn, asked.get("Tags", ()))
        return {"HubArn": hub["HubArn"], "HubContentArn": arn}

    def _versions(self, asked: Mapping[str, Any], region: str) -> dict[str, dict[str, Any]]:
        hub, kind = self._hub(asked["HubName"], region)["HubName"], asked["HubContentType"]
        name = asked["HubContentName"]
        if hub == PUBLIC_HUB:
            found = {
                one["HubContentVersion"]: one
                for one in public_models(region, self._account)
                if (one["HubContentName"], one["HubContentType"]) == (name, kind)
            }
        else:
            found = self._contents.get((region, hub, kind, name), {})
        if not found:
            raise ServiceError("ResourceNotFound", f"{kind} {name} does not exist in hub {hub}.")
        return found

    def _describe_content(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            versions = self._versions(asked, request.region)
            version = asked.get("HubContentVersion") or _newest(versions)
            if version not in versions:
                text = f"{asked['HubContentName']} has no version {version}."
                raise ServiceError("ResourceNotFound", text)
            return versions[version]

    def _list_contents(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        region, kind = request.region, asked["HubContentType"]
        with self._lock:
            hub = self._hub(asked["HubName"], region)["HubName"]
            if hub == PUBLIC_HUB:
                newest = [
                    one
                    for one in public_models(region, self._account)
                    if one["HubContentType"] == kind
                ]
            else:
                newest = [
                    versions[_newest(versions)]
                    for place, versions in self._contents.items()
                    if place[:3] == (region, hub, kind)
                ]
            return _summaries(newest, asked)

    def _list_versions(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        least = _number(asked.get("MinVersion", "0.0.0"))
        with self._lock:
            versions = self._versions(asked, request.region)
            found = [one for version, one in versions.items() if _number(version) >= least]
            return _summaries(found, asked)

    def _delete_content(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            hub = self._own(last_part(asked["HubName"]), request.region)["HubName"]
            versions, version = self._versions(asked, request.region), asked["HubContentVersion"]
            if version not in versions:
                text = f"{asked['HubContentName']} has no version {version}."
                raise ServiceError("ResourceNotFound", text)
            self._tags.drop(versions.pop(version)["HubContentArn"])
            if not versions:
                name = asked["HubContentName"]
                del self._contents[request.region, hub, asked["HubContentType"], name]
        return {}


def _check_document(asked: Mapping[str, Any]) -> None:
    if asked["HubContentType"] != "JsonDoc":
        return
    if asked["DocumentSchemaVersion"] != _JSON_SCHEMA:
        raise invalid(f"DocumentSchemaVersion of a JsonDoc is {_JSON_SCHEMA}")
    try:
        document = json.loads(asked["HubContentDocument"])
    except ValueError as error:
        raise invalid(f"HubContentDocument is not JSON: {error}") from None
    if not isinstance(document, dict) or "SubType" not in document:
        raise invalid("HubContentDocument is no object with a SubType")


def _summaries(found: Iterable[Mapping[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    short = [
        {key: one[key] for key in _SHORT if key in one}
        for one in found
        if wanted(one, asked, "HubContentName")
    ]
    listed, rest = page(short, asked, _SORTS)
    return {"HubContentSummaries": listed, "NextToken": rest}


def _newest(versions: Iterable[str]) -> str:
    return max(versions, key=_number)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
