"""What is there already: a role is used as it is, and what it has to allow is written down."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct


class Given(Construct):
    """Stands where a role of ours would; its statements make a policy document, and no policy."""

    def __init__(self, scope: Construct, name: str, arn: str) -> None:
        super().__init__(scope, name)
        self.role_arn = arn
        self.role = iam.Role.from_role_arn(self, "Role", arn, mutable=False)
        self._document = iam.PolicyDocument()

    def add_to_policy(self, statement: iam.PolicyStatement) -> None:
        """Writes a statement down."""
        self._document.add_statements(statement)

    def tell(self, output: str) -> None:
        """An output with the whole document, as JSON; what is added later is in it too."""
        stack = cdk.Stack.of(self)
        cdk.CfnOutput(stack, output, value=stack.to_json_string(self._document))


def hold_something(stack: cdk.Stack) -> None:
    """Gives a stack a resource where all that it tells is there already: CloudFormation wants one."""
    if not any(isinstance(one, cdk.CfnResource) for one in stack.node.find_all()):
        # It costs nothing and does nothing.
        cdk.CfnWaitConditionHandle(stack, "Nothing")
