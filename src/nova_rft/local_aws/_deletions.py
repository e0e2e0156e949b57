"""What of a stack moto does not delete as AWS does.

Of a network it leaves route tables and endpoints, and then refuses the VPC. A bucket that is not empty
it leaves without a word, where AWS refuses to delete the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.flow_logs import FlowLogs
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPCEndPoint
from moto.s3.models import FakeBucket


def register() -> None:
    """Gives moto's classes the deletion that its CloudFormation asks them for."""
    kinds: list[tuple[Any, Callable[[Any, str, str], None]]] = [
        (FlowLogs, _flow_log),
        (RouteTable, _route_table),
        (SubnetRouteTableAssociation, _association),
        (VPCEndPoint, _endpoint),
    ]
    for kind, delete in kinds:
        kind.delete = delete
    bucket: Any = FakeBucket
    bucket.delete_from_cloudformation_json = classmethod(_bucket)


def _bucket(
    _: type, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
) -> None:
    if get_backend("s3")[account_id]["aws"].delete_bucket(resource_name) is None:
        raise ValueError(f"The bucket {resource_name} is not empty")


def _ec2(account: str, region: str) -> Any:
    return get_backend("ec2")[account][region]


def _flow_log(log: Any, account: str, region: str) -> None:
    _ec2(account, region).delete_flow_logs([log.id])


def _route_table(table: Any, account: str, region: str) -> None:
    _ec2(account, region).delete_route_table(table.id)


def _association(one: Any, account: str, region: str) -> None:
    made = _ec2(account, region).get_route_table(one.route_table_id)._associations
    for key in [key for key, subnet in made.items() if subnet == one.subnet_id]:
        del made[key]


def _endpoint(endpoint: Any, account: str, region: str) -> None:
    _ec2(account, region).delete_vpc_endpoints([endpoint.id])
    del _ec2(account, region).vpc_end_points[endpoint.id]
