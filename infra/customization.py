"""Customization: what the jobs of the project's cell need beside records and reward, and nothing else.

| need | made |
|---|---|
| service role, execution role | a role that jobs of this account and region run with |
| teacher, on SageMaker | a key for its answers |
| cluster, API key | a policy to attach: to the cluster's execution role, to the key's identity |
"""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

import rights
from given import Given, hold_something
from judges import allow_model
from keys import READ_AND_WRITE, allow_key
from network import Joined
from nova_rft.spec import RECIPE_TEACHER, Need, Spec
from nova_rft.spec.training import BedrockDistillation
from registry import Evaluators, Packages, allow_base_model
from settings import Settings

# Nova User Guide, "Encryption of Amazon Nova model customization jobs and artifacts".
_CUSTOM_MODEL: Final = (*READ_AND_WRITE, "kms:CreateGrant", "kms:DescribeKey")
# SageMaker AI Developer Guide, "CreateTrainingJob API: Execution Role Permissions".
_TRAINING_JOB: Final = ("kms:DescribeKey", "kms:Encrypt")


class Customization(cdk.Stack):
    """The rights of this project's jobs: records, results, reward, teacher, models; its own alone."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        data: s3.IBucket,
        output: s3.IBucket,
        reward: lambda_.IFunction | None = None,
        packages: Packages | None = None,
        evaluators: Evaluators | None = None,
        key: str | None = None,
        network: Joined | None = None,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        spec = settings.spec
        needs = spec.cell.needs
        holder = self._holder(settings)
        self.role = holder if isinstance(holder, iam.Role) else None
        self.policy = holder if isinstance(holder, iam.ManagedPolicy) else None
        if Need.API_KEY not in needs:  # Its records go to the Files API, its results stay there.
            rights.allow_files(holder, data, output)
        if spec.resume_from:
            rights.allow_source(holder, spec.resume_from)
        if reward is not None:
            rights.allow_reward(holder, reward)
        if spec.mlflow and spec.mlflow.tracking_uri.startswith("arn:") and _on_sagemaker(needs):
            rights.allow_mlflow(holder, spec.mlflow.tracking_uri)
        self._encrypt(holder, settings, key)
        if not isinstance(holder, iam.ManagedPolicy):
            self._allow_training(holder, spec)
            if packages is not None:
                allow_base_model(holder, spec.cell.name)
                packages.allow_registering(holder)
            if evaluators is not None:
                evaluators.allow_reading(holder)
            if network is not None:
                rights.allow_network(holder, network.subnets, network.groups, needs)
                network.tell(self)
        if isinstance(holder, Given):
            holder.tell("JobRolePolicy")
        hold_something(self)
        # What the rights are for: `submit` refuses a spec that asks for others.
        cdk.CfnOutput(self, "Backend", value=spec.backend)
        cdk.CfnOutput(self, "Technique", value=spec.technique)
        cdk.CfnOutput(self, "BaseModel", value=spec.model)

    def _holder(self, settings: Settings) -> rights.Holder:
        """Who has the rights: a role of ours or the stage's, or a policy for somebody else's."""
        spec, whose, there = settings.spec, settings.whose, settings.stage.roles.job
        holder: rights.Holder
        if Need.CLUSTER in spec.cell.needs:
            about = f"Jobs of {whose} on HyperPod: for the cluster's execution role."
            holder = iam.ManagedPolicy(self, "ClusterPolicy", description=about)
            cdk.CfnOutput(self, "ClusterPolicyArn", value=holder.managed_policy_arn)
        elif Need.API_KEY in spec.cell.needs:
            # The function is called as the key's identity, and no resource policy is asked for (Bedrock
            # User Guide, "Access and security for open-weight models"; not checked against an account).
            about = f"The reward of {whose}: for the identity of the Bedrock API key."
            holder = iam.ManagedPolicy(self, "ApiKeyPolicy", description=about)
            cdk.CfnOutput(self, "ApiKeyPolicyArn", value=holder.managed_policy_arn)
        elif there:
            holder = Given(self, "JobRole", there)
            cdk.CfnOutput(self, "JobRoleArn", value=there)
        else:
            bedrock = Need.SERVICE_ROLE in spec.cell.needs
            about = f"{'Bedrock' if bedrock else 'SageMaker'}'s jobs for {whose}."
            trusted = self._bedrock() if bedrock else self._sagemaker()
            holder = iam.Role(self, "JobRole", assumed_by=trusted, description=about)
            cdk.CfnOutput(self, "JobRoleArn", value=holder.role_arn)
        return holder

    def _allow_training(self, role: iam.Role | Given, spec: Spec) -> None:
        """What a job's role needs beyond files, reward and registry."""
        needs = spec.cell.needs
        if Need.EXECUTION_ROLE in needs:
            rights.allow_log(role)
        if Need.INSTANCES in needs:
            rights.allow_image(role, spec)
        if Need.TEACHER in needs:
            allow_model(role, _teacher(spec))
            if Need.EXECUTION_ROLE in needs:
                rights.allow_batches(role, _teacher(spec))

    def _encrypt(self, holder: rights.Holder, settings: Settings, key: str | None) -> None:
        """The stage's key for all that jobs store; without one a teacher's answers have their own."""
        needs = settings.spec.cell.needs
        if {Need.TEACHER, Need.EXECUTION_ROLE} <= set(needs):
            answers = key or self._answers_key(settings)
            actions = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
            rights.allow(holder, actions, [answers])
            cdk.CfnOutput(self, "KmsKeyArn", value=answers)
        if key is not None:
            if Need.API_KEY not in needs:
                allow_key(holder, key, ["s3"])
            if Need.SERVICE_ROLE in needs:
                allow_key(holder, key, ["bedrock"], _CUSTOM_MODEL)
            if Need.EXECUTION_ROLE in needs:
                allow_key(holder, key, ["s3", "sagemaker"], _TRAINING_JOB)
            cdk.CfnOutput(self, "StorageKeyArn", value=key)

    def _answers_key(self, settings: Settings) -> str:
        """The key of a teacher's answers, which AWS asks for ("Amazon Nova distillation")."""
        key = kms.Key(
            self,
            "AnswersKey",
            description=f"A teacher's answers for {settings.whose}.",
            enable_key_rotation=True,
            # What it encrypted is in the output bucket.
            removal_policy=settings.removal,
        )
        return key.key_arn

    def _bedrock(self) -> iam.IPrincipal:
        """Bedrock, for customization jobs of this account and region, and for no one else's."""
        jobs = self.format_arn(
            service="bedrock", resource="model-customization-job", resource_name="*"
        )
        return rights.trusted(self, "bedrock.amazonaws.com", "ArnEquals", jobs)

    def _sagemaker(self) -> iam.IPrincipal:
        """SageMaker, for training jobs of this account and region; Bedrock, which imports the models.

        With a teacher Bedrock's batches take it too. What Bedrock says that it acts for when it imports
        a model is written nowhere: so anything of this account's in this region.
        """
        jobs = self.format_arn(service="sagemaker", resource="training-job", resource_name="*")
        imports = self.format_arn(
            service="bedrock", resource="*", arn_format=cdk.ArnFormat.NO_RESOURCE_NAME
        )
        return iam.CompositePrincipal(
            rights.trusted(self, "sagemaker.amazonaws.com", "ArnLike", jobs),
            rights.trusted(self, "bedrock.amazonaws.com", "ArnLike", imports),
        )


def _on_sagemaker(needs: tuple[Need, ...]) -> bool:
    """Whether jobs run where they log to MLflow themselves."""
    return not {Need.EXECUTION_ROLE, Need.CLUSTER}.isdisjoint(needs)


def _teacher(spec: Spec) -> str:
    training = spec.training
    return training.teacher if isinstance(training, BedrockDistillation) else RECIPE_TEACHER
