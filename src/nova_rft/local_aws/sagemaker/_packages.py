"""Model package groups and the packages in them: where a serverless job's result goes.

moto has both, but neither a job's results nor their base model have a place there, and it forgets tags;
so all of it is here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.sagemaker._names import Tags, arn_of, invalid, last_part, page, wanted

_GROUP: Final = "model-package-group"
_PACKAGE: Final = "model-package"


class Packages:
    """The groups and packages of all regions, in memory."""

    def __init__(self, tags: Tags) -> None:
        self._tags = tags
        self._groups: dict[str, dict[str, Any]] = {}
        self._packages: dict[str, dict[str, Any]] = {}
        # The last version that a group gave out: it is not given out again.
        self._last: dict[str, int] = {}
        self._lock = threading.RLock()
        self.operations: Mapping[str, Operation] = {
            "CreateModelPackageGroup": lambda asked, request: {
                "ModelPackageGroupArn": self.create_group(asked, request.region)
            },
            "DescribeModelPackageGroup": self._describe_group,
            "ListModelPackageGroups": self._list_groups,
            "DeleteModelPackageGroup": self._delete_group,
            "CreateModelPackage": self._create,
            "DescribeModelPackage": self._describe,
            "ListModelPackages": self._list,
            "DeleteModelPackage": self._delete,
        }

    def create_group(self, asked: Mapping[str, Any], region: str) -> str:
        """Makes a group; its ARN.

        Raises:
            ServiceError: the name is in use.
        """
        arn = arn_of(region, _GROUP, asked["ModelPackageGroupName"])
        self._tags.check(asked.get("Tags", ()))
        with self._lock:
            if arn in self._groups:
                raise invalid(f"Model Package Group already exists: {arn}")
            self._groups[arn] = {
                **{key: value for key, value in asked.items() if key != "Tags"},
                "ModelPackageGroupArn": arn,
                "ModelPackageGroupStatus": "Completed",
                "CreationTime": datetime.now(UTC),
                "CreatedBy": {},
            }
            self._tags.put(arn, asked.get("Tags", ()))
        return arn

    def change_group(self, arn: str, given: Mapping[str, Any]) -> None:
        """Replaces a group's tags: nothing else of it can be changed."""
        self._tags.put(arn, given.get("Tags", ()))

    def delete_group(self, arn: str) -> None:
        """Removes an empty group.

        Raises:
            ServiceError: there is none, or it has packages.
        """
        with self._lock:
            group = self.group(arn)
            if self._in(group["ModelPackageGroupName"], arn):
                text = f"Cannot delete {arn}: it has model packages; delete them first"
                raise ServiceError("ConflictException", text)
            del self._groups[arn]
            self._tags.drop(arn)

    def group(self, arn: str) -> Mapping[str, Any]:
        """A group by its ARN.

        Raises:
            ServiceError: there is none.
        """
        with self._lock:
            if arn not in self._groups:
                raise invalid(f"ModelPackageGroup {arn} does not exist.")
            return self._groups[arn]

    def package(self, arn: str) -> Mapping[str, Any]:
        """A package by its ARN.

        Raises:
            ServiceError: there is none.
        """
        with self._lock:
            if arn not in self._packages:
                raise invalid(f"ModelPackage {arn} does not exist.")
            return self._packages[arn]

    def add(self, group_arn: str, shown: Mapping[str, Any], tags: list[dict[str, str]]) -> str:
        """Puts a package into a group, as its next version; its ARN.

        Raises:
            ServiceError: there is no such group.
        """
        with self._lock:
            name = self.group(group_arn)["ModelPackageGroupName"]
            version = self._last[group_arn] = self._last.get(group_arn, 0) + 1
            numbered = {"ModelPackageGroupName": name, "ModelPackageVersion": version}
            return self._keep(
                group_arn.split(":")[3], f"{name}/{version}", {**shown, **numbered}, tags
            )

    def _keep(
        self, region: str, path: str, shown: dict[str, Any], tags: list[dict[str, str]]
    ) -> str:
        arn = arn_of(region, _PACKAGE, path)
        self._packages[arn] = {
            "ModelApprovalStatus": "PendingManualApproval",
            "ModelPackageRegistrationType": "Registered",
            **shown,
            "ModelPackageName": path.split("/")[0],
            "ModelPackageArn": arn,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CreationTime": datetime.now(UTC),
            "CreatedBy": {},
        }
        self._tags.put(arn, tags)
        return arn

    def _in(self, group: str, arn: str) -> list[dict[str, Any]]:
        """The packages of a group of the same region as an ARN."""
        region = arn.split(":")[3]
        return [
            one
            for name, one in self._packages.items()
            if name.split(":")[3] == region and one.get("ModelPackageGroupName") == group
        ]

    def _describe_group(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        return self.group(arn_of(request.region, _GROUP, last_part(asked["ModelPackageGroupName"])))

    def _delete_group(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        self.delete_group(arn_of(request.region, _GROUP, last_part(asked["ModelPackageGroupName"])))
        return {}

    def _list_groups(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            found = [
                {key: value for key, value in group.items() if key != "CreatedBy"}
                for arn, group in self._groups.items()
                if arn.split(":")[3] == request.region
                and wanted(group, asked, "ModelPackageGroupName")
            ]
        listed, rest = page(found, asked, {"Name": "ModelPackageGroupName"})
        return {"ModelPackageGroupSummaryList": listed, "NextToken": rest}

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        left_out = ("Tags", "ClientToken", "ModelPackageName", "ModelPackageGroupName")
        shown = {key: value for key, value in asked.items() if key not in left_out}
        name, group = asked.get("ModelPackageName"), asked.get("ModelPackageGroupName")
        tags = asked.get("Tags", [])
        self._tags.check(tags)
        if (name is None) == (group is None):
            raise invalid("Either ModelPackageName or ModelPackageGroupName must be given")
        if group is not None:
            arn = self.add(arn_of(request.region, _GROUP, last_part(group)), shown, tags)
            return {"ModelPackageArn": arn}
        with self._lock:
            arn = arn_of(request.region, _PACKAGE, str(name))
            if arn in self._packages:
                raise ServiceError("ConflictException", f"Model Package already exists: {arn}")
            return {"ModelPackageArn": self._keep(request.region, str(name), shown, tags)}

    def _describe(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        return self.package(_package_arn(asked, request))

    def _delete(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            arn = self.package(_package_arn(asked, request))["ModelPackageArn"]
            del self._packages[arn]
            self._tags.drop(arn)
        return {}

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        keep = (
            *("ModelPackageName", "ModelPackageGroupName", "ModelPackageVersion"),
            *("ModelPackageArn", "ModelPackageDescription", "CreationTime", "ModelPackageStatus"),
            *("ModelApprovalStatus", "ModelLifeCycle", "ModelPackageRegistrationType"),
        )
        group, status = asked.get("ModelPackageGroupName"), asked.get("ModelApprovalStatus")
        kind = asked.get("ModelPackageType", "Versioned" if group else "Unversioned")
        with self._lock:
            found = [
                {key: one[key] for key in keep if key in one}
                for arn, one in self._packages.items()
                if arn.split(":")[3] == request.region
                and wanted(one, asked, "ModelPackageName")
                and group in (None, one.get("ModelPackageGroupName"), _group_arn(one))
                and status in (None, one["ModelApprovalStatus"])
                and kind in ("Both", "Versioned" if "ModelPackageVersion" in one else "Unversioned")
            ]
        listed, rest = page(found, asked, {"Name": "ModelPackageName"})
        return {"ModelPackageSummaryList": listed, "NextToken": rest}


def _package_arn(asked: Mapping[str, Any], request: Request) -> str:
    """A package is described by its ARN, or by its name where it has no versions."""
    named = str(asked["ModelPackageName"])
    return named if named.startswith("arn:") else arn_of(request.region, _PACKAGE, named)


def _group_arn(package: Mapping[str, Any]) -> str:
    region = package["ModelPackageArn"].split(":")[3]
    return arn_of(region, _GROUP, package.get("ModelPackageGroupName", ""))
