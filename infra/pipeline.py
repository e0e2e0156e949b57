"""Pipeline: a state machine of one function, its table of runs, its dead letters, events about it."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IConstruct

from acknowledgements import acknowledge
from alarms import Alarm, AlarmName
from customization_job import CustomizationJob
from keys import RULES, allow_key
from machine import definition
from machines import state_machine
from network import Joined
from notices import Notices
from nova_rft.pipeline import not_evaluated
from nova_rft.spec import PIPELINE_BACKENDS, Pipeline
from pipeline_functions import PipelineFunctions
from registry import Evaluators
from rights import allow, trusted
from settings import Settings, SettingsError
from step_rights import allow_evaluating, allow_steps

_TIMEOUT: Final = cdk.Duration.minutes(15)
_EVENT_TIMEOUT: Final = cdk.Duration.minutes(1)
# Of the dead letters: SQS keeps them no longer.
_KEPT: Final = cdk.Duration.days(14)
_ENDED_BADLY: Final = ["FAILED", "TIMED_OUT", "ABORTED"]
_TRAINING: Final = ("aws.sagemaker", "SageMaker Training Job State Change", "TrainingJobName")
# Of the OpenAI-compatible API no event is known: its jobs are looked at.
_JOB_EVENTS: Final = {
    "bedrock": ("aws.bedrock", "Model Customization Job State Change", "jobName"),
    "sagemaker": _TRAINING,
    "sagemaker-recipe": _TRAINING,
}


class PipelineStack(cdk.Stack):
    """One project's pipeline; what its runs did stays in its table."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        data: s3.IBucket,
        output: s3.IBucket,
        job_role: iam.IRole | None,
        key_policy: iam.ManagedPolicy | None = None,
        evaluators: Evaluators | None = None,
        key: str | None = None,
        network: Joined | None = None,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        asked = _asked(settings)
        self._key = key
        spec = settings.spec
        self._settings, self._asked = settings, asked
        self._notices = Notices(self, "Tell", settings)
        self._table = self._runs()
        self._letters = self._dead_letters()
        # By name: the function answers the machine, and the machine calls the function.
        self._machine_arn = self.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=spec.stack_name("pipeline"),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._make = PipelineFunctions(
            self,
            settings,
            bucket=output.bucket_name,
            table=self._table,
            machine_arn=self._machine_arn,
            notices=self._notices,
            key=key,
            network=network,
        )
        steps, role = self._make.function("Steps", "pipeline", "handler", _TIMEOUT)
        allow_steps(role, spec, data=data, output=output, job_role=job_role)
        if evaluators is not None:
            evaluators.allow_importing(role)
        if key_policy is not None:
            # What the API calls for a job, it calls as the identity of the key: here as this role.
            role.add_managed_policy(key_policy)
        if not not_evaluated(spec, asked):
            allow_evaluating(role, spec, output=output)
        heard: list[IConstruct] = [self._notices.topic] if self._notices.topic else []
        if self._notices.apart:
            messenger, its_role = self._make.messenger(_EVENT_TIMEOUT)
            self._failing_into_letters(messenger, its_role)
            heard.append(messenger)
        machine = self._machine(steps)
        self._listen(machine)
        if asked.on_deploy:
            job = CustomizationJob(
                self, "CustomizationJob", settings, functions=self._make, output=output
            )
            # Who is told is there before it is started, and still when the stack is deleted.
            job.node.add_dependency(machine, *heard)
            cdk.CfnOutput(self, "PipelineRun", value=job.run)
            cdk.CfnOutput(self, "PipelineSaid", value=job.said)
            cdk.CfnOutput(self, "PipelinePack", value=job.pack)
        cdk.CfnOutput(self, "PipelineMachineArn", value=machine.state_machine_arn)
        cdk.CfnOutput(self, "PipelineTable", value=self._table.table_name)
        cdk.CfnOutput(self, "PipelineBucket", value=output.bucket_name)
        cdk.CfnOutput(self, "PipelineDeadLetters", value=self._letters.queue_url)
        if self._notices.topic is not None:
            cdk.CfnOutput(self, "PipelineTopicArn", value=self._notices.topic.topic_arn)

    def _runs(self) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            "Runs",
            partition_key=dynamodb.Attribute(name="name", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=self._settings.removal,
        )

    def _dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_KEPT,
        )
        acknowledge(
            queue, "AwsSolutions-SQS3", "This is where dead letters go; it has none itself."
        )
        # Of letters that come, not of those that lie there: the next one is told too. All are sent by a
        # call; what SQS moves by itself this metric would not count.
        coming = queue.metric_number_of_messages_sent(
            period=cdk.Duration.minutes(5), statistic="Sum"
        )
        why = "a run of the pipeline failed, or an event about one reached nobody"
        Alarm(AlarmName.DEAD_LETTERS, coming, 1, why).make(
            self, self._settings, self._notices.topic
        )
        return queue

    def _machine(self, steps: lambda_.Function) -> sfn.StateMachine:
        name = self._settings.spec.stack_name("pipeline")
        made = definition(self._asked, steps.function_arn, self._letters.queue_url)
        return state_machine(self, self._settings, name, made, self._machine_role(steps))

    def _machine_role(self, steps: lambda_.Function) -> iam.Role:
        role = iam.Role(
            self,
            "MachineRole",
            assumed_by=trusted(self, "states.amazonaws.com", "ArnEquals", self._machine_arn),
            description=f"The pipeline's state machine of {self._settings.whose}.",
        )
        allow(role, ["lambda:InvokeFunction"], [steps.function_arn])
        allow(role, ["sqs:SendMessage"], [self._letters.queue_arn])
        # Its definition and what its states hold, and the dead letters.
        allow_key(role, self._key, ["sqs", "states"])
        return role

    def _failing_into_letters(self, function: lambda_.Function, role: iam.Role) -> None:
        """Lambda sends on, in the function's role, what the function has failed at."""
        allow(role, ["sqs:SendMessage"], [self._letters.queue_arn])
        function.configure_async_invoke(retry_attempts=2, on_failure=_Letters(self._letters))

    def _listen(self, machine: sfn.StateMachine) -> None:
        """Events about jobs of this project, and about executions that ended without a word."""
        listener, role = self._make.function(
            "Events", "pipeline-events", "on_event", _EVENT_TIMEOUT
        )
        self._failing_into_letters(listener, role)
        spec = self._settings.spec
        job_changed, run_ended = (spec.stack_name(rule) for rule in RULES)
        target = targets.LambdaFunction(
            listener,
            dead_letter_queue=self._letters,
            max_event_age=cdk.Duration.hours(2),
            retry_attempts=10,
        )
        if spec.backend in _JOB_EVENTS:
            source, kind, name = _JOB_EVENTS[spec.backend]
            events.Rule(
                self,
                "JobChanged",
                rule_name=job_changed,
                description=f"Jobs of {self._settings.whose} that have changed.",
                event_pattern=events.EventPattern(
                    source=[source],
                    detail_type=[kind],
                    # Of a stage whose name goes on from this one's too: its jobs are in no run here, and
                    # the function passes over them. A pattern of EventBridge's cannot leave them out.
                    detail={name: events.Match.prefix(spec.stack_name(""))},
                ),
                targets=[target],
            )
        events.Rule(
            self,
            "RunEnded",
            rule_name=run_ended,
            description=f"Runs of {self._settings.whose} that ended badly.",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "stateMachineArn": [machine.state_machine_arn],
                    "status": _ENDED_BADLY,
                },
            ),
            targets=[target],
        )


@jsii.implements(lambda_.IDestination)
class _Letters:
    """The queue of dead letters, without the rights beyond sending that CDK's own destination gives."""

    def __init__(self, queue: sqs.Queue) -> None:
        self._queue = queue

    def bind(
        self,
        scope: Construct,
        fn: lambda_.IFunction,
        *,
        type: lambda_.DestinationType,
    ) -> lambda_.DestinationConfig:
        """Where a function's failures go."""
        return lambda_.DestinationConfig(destination=self._queue.queue_arn)


def _asked(settings: Settings) -> Pipeline:
    asked, spec = settings.stage.pipeline, settings.spec
    if asked is None:
        raise SettingsError(f"the stage {spec.stage} has no pipeline")
    if spec.backend not in PIPELINE_BACKENDS:
        raise SettingsError(
            f"the pipeline does not submit jobs on {spec.backend}: they run on a cluster of yours; "
            f"leave pipeline out of the stage {spec.stage} and submit them by hand: "
            "nova-rft submit --start"
        )
    return asked
