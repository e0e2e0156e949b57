"""SageMaker's registry for serverless jobs: the group of their models, and the hub of their evaluators.

Each has a stack of its own, and stays when that goes unless the stage says otherwise: SageMaker deletes
neither while it holds anything ("Delete a private hub", "Delete a model group"). Since a name that
stayed cannot be given again, names hold eight digits of the stack's id, and a spec that needs one no
longer leaves its stack alone.
"""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from nova_rft.spec import Spec
from rights import Holder, allow
from settings import Settings

_PUBLIC_HUB: Final = "SageMakerPublicHub"
# SageMaker resolves the hub before it reads of it, and the last of these is asked of both: of the hub
# and of the content (Service Authorization Reference, "Actions defined by Amazon SageMaker AI").
_HUB: Final = ("sagemaker:DescribeHub", "sagemaker:ListHubContents")
_CONTENT: Final = ("sagemaker:DescribeHubContent",)
_IMPORT: Final = ("sagemaker:DescribeHubContent", "sagemaker:ImportHubContent")
_VERSIONS: Final = "An evaluator has a version for each version of the reward."
_GROUP: Final = ("sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackageGroup")
_PACKAGES: Final = (
    *("sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"),
    *("sagemaker:ListModelPackages", "sagemaker:UpdateModelPackage"),
)


class Packages(cdk.Stack):
    """The model package group in which jobs' results are registered."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        own = _own_name(self, settings.spec)
        group = sagemaker.CfnModelPackageGroup(
            self,
            "Group",
            model_package_group_name=own,
            model_package_group_description=f"Models of {settings.whose}.",
        )
        group.apply_removal_policy(settings.removal)
        cdk.CfnOutput(self, "PackageGroupArn", value=group.attr_model_package_group_arn)
        self._name = _export(self, "PackageGroupName", own)

    def allow_registering(self, role: Holder) -> None:
        """Lets a role of another stack register models in this group, and in no other."""
        cdk.Stack.of(role).add_stack_dependency(self)
        group = _arn(role, "model-package-group", self._name)
        packages = _arn(role, "model-package", f"{self._name}/*")
        why = "SageMaker numbers the packages of this group."
        allow(role, _GROUP, [group])
        allow(role, _PACKAGES, [packages], stars=why)


class Evaluators(cdk.Stack):
    """The hub in which `submit` registers evaluators: each names a version of the reward Lambda."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        own = _own_name(self, settings.spec)
        hub = sagemaker.CfnHub(
            self,
            "Hub",
            hub_name=own,
            hub_description=f"Evaluators of {settings.whose}.",
        )
        hub.apply_removal_policy(settings.removal)
        self._name = _export(self, "HubName", own)

    def allow_reading(self, role: Holder) -> None:
        """Lets a role of another stack read the evaluators of this hub."""
        hub, contents = self._arns(role)
        allow(role, _HUB, [hub])
        allow(role, _CONTENT, [hub, contents], stars=_VERSIONS)

    def allow_importing(self, role: Holder) -> None:
        """Lets a role of another stack register evaluators in this hub, and find them there."""
        allow(role, _IMPORT, self._arns(role), stars=_VERSIONS)

    def _arns(self, role: Holder) -> tuple[str, str]:
        """Of the hub, and of the evaluators in it."""
        cdk.Stack.of(role).add_stack_dependency(self)
        contents = _arn(role, "hub-content", f"{self._name}/JsonDoc/*")
        return _arn(role, "hub", self._name), contents


def allow_base_model(role: Holder, model: str) -> None:
    """Lets a role read one model of AWS's public hub."""
    hub = _arn(role, "hub", _PUBLIC_HUB, account="aws")
    contents = _arn(role, "hub-content", f"{_PUBLIC_HUB}/Model/{model}/*", account="aws")
    allow(role, _HUB, [hub])
    allow(role, _CONTENT, [hub, contents], stars="AWS numbers the versions of the model.")


def _own_name(stack: cdk.Stack, spec: Spec) -> str:
    """PROJECT-STAGE and the first part of the stack's own UUID."""
    unique = cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))
    return f"{spec.project}-{spec.stage}-{cdk.Fn.select(0, cdk.Fn.split('-', unique))}"


def _export(stack: cdk.Stack, key: str, value: str) -> str:
    """An output, and how other stacks import it."""
    exported = f"{stack.stack_name}:{key}"
    cdk.CfnOutput(stack, key, value=value, export_name=exported)
    return cdk.Fn.import_value(exported)


def _arn(scope: Construct, kind: str, name: str, account: str | None = None) -> str:
    return cdk.Stack.of(scope).format_arn(
        service="sagemaker", resource=kind, resource_name=name, account=account
    )
