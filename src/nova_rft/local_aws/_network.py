"""What a stack's network leaves behind in moto, which knows no deletion of these resources.

A VPC is refused while it has route tables, so that a stack with a network could not be deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.backends import get_backend
from moto.ec2.models.flow_logs import FlowLogs
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPCEndPoint


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
