"""Lambda's provisioned concurrency and account limits, which moto lacks: told and kept, no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nova_rft.local_aws._lambda import LambdaRefused, LambdaService
from nova_rft.local_aws._protocol import (
    NotOurs,
    Request,
    RestJsonService,
    ServiceError,
)


def provisioned_concurrency(functions: LambdaService) -> RestJsonService:
    """PutProvisionedConcurrencyConfig, its list and its deletion, for the functions that are there."""
    kept: dict[str, dict[str, Any]] = {}

    def found(given: Mapping[str, Any], request: Request) -> str:
        try:
            return str(
                functions.find(
                    request.region, given["FunctionName"], given.get("Qualifier")
                ).function_arn
            )
        except LambdaRefused as refused:
            raise ServiceError(refused.code, str(refused)) from None

    def put(given: dict[str, Any], request: Request) -> Mapping[str, Any]:
        if given["Qualifier"] == "$LATEST":
            raise ServiceError(
                "InvalidParameterValueException",
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            )
        count = given["ProvisionedConcurrentExecutions"]
        kept[found(given, request)] = about = {
            "RequestedProvisionedConcurrentExecutions": count,
            "AvailableProvisionedConcurrentExecutions": count,
            "AllocatedProvisionedConcurrentExecutions": count,
            "Status": "READY",
            "LastModified": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return about

    def listed(given: dict[str, Any], request: Request) -> Mapping[str, Any]:
        if "List=ALL" not in request.query:
            raise NotOurs
        name = found({"FunctionName": given["FunctionName"]}, request).removesuffix(":$LATEST")
        ours = [{"FunctionArn": arn, **about} for arn, about in kept.items() if _of(name, arn)]
        return {"ProvisionedConcurrencyConfigs": ours}

    def delete(given: dict[str, Any], request: Request) -> Mapping[str, Any]:
        kept.pop(found(given, request), None)
        return {}

    return RestJsonService(
        "lambda",
        {
            "PutProvisionedConcurrencyConfig": put,
            "ListProvisionedConcurrencyConfigs": listed,
            "DeleteProvisionedConcurrencyConfig": delete,
            "GetAccountSettings": _settings,
        },
    )


def _settings(given: dict[str, Any], request: Request) -> Mapping[str, Any]:
    """What an account may have by default (Lambda quotas, read 2026-11-01)."""
    limits = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
    return {"AccountLimit": limits, "AccountUsage": {}}


def _of(function: str, version: str) -> bool:
    return version.rpartition(":")[0] == function
