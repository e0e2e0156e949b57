"""CloudFormation's state machine, in the backend that runs it: moto's own class knows the other one."""

from __future__ import annotations

from typing import Any, Self

from moto.core.common_models import CloudFormationModel

from nova_rft.local_aws._cloudformation import Resource


class StateMachine(Resource, CloudFormationModel):
    """A state machine; Ref is its ARN."""

    kind = "AWS::StepFunctions::StateMachine"
    name_property = "StateMachineName"
    attributes = ("Arn", "Name")

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """By CreateStateMachine; a definition that is none is refused."""
        # moto looks for the name where its own class has it.
        name = given.get("StateMachineName", name)
        made = _backend(account, region).create_state_machine(
            name,
            _definition(given),
            given["RoleArn"],
            tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in given.get("Tags", ())],
            loggingConfiguration=_lowered(given.get("LoggingConfiguration")),
            tracingConfiguration=_lowered(given.get("TracingConfiguration")),
            sm_type=given.get("StateMachineType", "STANDARD"),
        )
        return cls(made.arn, {"Arn": made.arn, "Name": name})

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Changes definition and role; another name is another machine."""
        name = given.get("StateMachineName", before.physical_resource_id.rsplit(":", 1)[-1])
        if before.physical_resource_id.rsplit(":", 1)[-1] != name:
            return cls.make(name, given, account, region)
        _backend(account, region).update_state_machine(
            before.physical_resource_id, _definition(given), given["RoleArn"]
        )
        return before

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Deletes it; what it runs is stopped with it."""
        backend = _backend(account, region)
        for execution in backend.describe_state_machine(physical_id).executions:
            execution.stop(None, error=None, cause=None)
        backend.delete_state_machine(physical_id)


def _backend(account: str, region: str) -> Any:
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    return stepfunctions_parser_backends[account][region]


def _definition(given: dict[str, Any]) -> str:
    text = str(given["DefinitionString"])
    for name, value in given.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def _lowered(value: Any) -> Any:
    """The same with the first letter of each key small, as the service writes them."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lowered(one) for key, one in value.items()}
    return [_lowered(one) for one in value] if isinstance(value, list) else value
