"""State machines: their logs without what states hold, and what all of their roles have."""

from __future__ import annotations

import json
from typing import Any, Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from acknowledgements import acknowledge_resource
from functions import log_named
from settings import Settings

_DELIVERY: Final = (
    "Delivery of logs and X-Ray know no resources (CDK adds them, as Step Functions asks for)."
)


def state_machine(
    scope: Construct, settings: Settings, name: str, definition: dict[str, Any], role: iam.Role
) -> sfn.StateMachine:
    """A standard state machine of a stack's, and its log.

    Args:
        scope: The stack.
        settings: The app's.
        name: The machine's, and its log's.
        definition: In Amazon States Language.
        role: What it runs with; CDK adds what logs and traces need.
    """
    machine = sfn.StateMachine(
        scope,
        "Machine",
        state_machine_name=name,
        state_machine_type=sfn.StateMachineType.STANDARD,
        definition_body=sfn.DefinitionBody.from_string(json.dumps(definition)),
        role=role,
        tracing_enabled=True,
        logs=sfn.LogOptions(
            destination=log_named(scope, "MachineLog", settings, f"/aws/vendedlogs/states/{name}"),
            level=sfn.LogLevel.ALL,
            # Which state, when and how it ended; never what it was given.
            include_execution_data=False,
        ),
    )
    acknowledge_resource(role, "*", _DELIVERY)
    return machine
