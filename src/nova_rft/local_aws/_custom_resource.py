"""CloudFormation's custom resources: a function is called, waited for, and believed.

An answer that does not come, or says FAILED, fails the call that makes or changes the stack. A deletion
that fails does not keep the stack here, as it would in AWS.
"""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar, Self

from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from nova_rft.local_aws._answers import Answers, NoSuccess
from nova_rft.local_aws._cloudformation import Resource


class CustomResource(Resource, CloudFormationModel):
    """Whatever its function makes of it; Ref and GetAtt are what the function says."""

    kind = "AWS::CloudFormation::CustomResource"
    answers: ClassVar[Answers]
    given: dict[str, Any]

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """The function alone knows its attributes."""
        return True

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Create."""
        answer = cls._asked("Create", region, given, LogicalResourceId=name)
        return cls._of(answer, given, name)

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Update; another physical id stands for another resource, and the old one is deleted."""
        known = before.physical_resource_id
        answer = cls._asked(
            "Update",
            region,
            given,
            LogicalResourceId=name,
            PhysicalResourceId=known,
            OldResourceProperties=before.given,
        )
        after = cls._of(answer, given, known)
        if after.physical_resource_id != known:
            before.delete(account, region)
        return after

    def delete(self, account: str, region: str) -> None:
        """Delete."""
        with contextlib.suppress(NoSuccess):
            self.answers.ask(
                "Delete",
                region,
                self.given,
                LogicalResourceId="",
                PhysicalResourceId=self.physical_resource_id,
            )

    @classmethod
    def _asked(cls, *given: Any, **more: Any) -> dict[str, Any]:
        try:
            return cls.answers.ask(*given, **more)
        except NoSuccess as failure:
            raise ValidationError(message=str(failure)) from None

    @classmethod
    def _of(cls, answer: dict[str, Any], given: dict[str, Any], otherwise: str) -> Self:
        data = {name: str(value) for name, value in answer.get("Data", {}).items()}
        made = cls(str(answer.get("PhysicalResourceId") or otherwise), data)
        made.given = given
        return made
