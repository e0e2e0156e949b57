"""What differs from one stage to the next: `stages.yaml`, beside the spec.

The spec says what is trained; a stage says in which account and region, behind which walls, and what
happens to it all in the end. Everything has a default: a project without the file has the stage `dev`.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.errors import UsageError
from nova_rft.spec._base import Region, SecretArn, SpecModel, StageName, arn

Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
_NEW = "new"
# Whose jobs the pipeline's function can submit: HyperPod's cluster is not ours to reach.
PIPELINE_BACKENDS: Final = ("bedrock", "bedrock-openai", "sagemaker", "sagemaker-recipe")

RoleArn = Annotated[str, arn("iam", r"role/[\w+=,.@/-]+")]
PolicyArn = Annotated[str, arn("iam", r"policy/[\w+=,.@/-]+")]
KeyArn = Annotated[str, arn("kms", r"key/[\w-]+")]
TopicArn = Annotated[str, arn("sns", r"[\w-]+(\.fifo)?")]
# As AWS takes them; aws: is AWS's own, and nova-rft: says whose a resource is.
TagKey = Annotated[
    str, StringConstraints(pattern=r"^[\w .:/=+\-@]+$", min_length=1, max_length=128)
]
TagValue = Annotated[str, StringConstraints(pattern=r"^[\w .:/=+\-@]*$", max_length=256)]
# What CloudWatch Logs takes for retentionInDays (PutRetentionPolicy, botocore's model of the service).
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip


class Kept(SpecModel):
    """How long things are kept."""

    log_days: LogDays = Field(90, description="Days that the functions' logs are kept.")
    trace_days: int = Field(180, ge=1, description="Days that scored rollouts are kept.")
    access_log_days: int = Field(
        365, ge=1, description="Days that the buckets' access logs are kept."
    )
    noncurrent_days: int = Field(
        30, ge=1, description="Days that overwritten and deleted objects can be brought back."
    )


class Network(SpecModel):
    """A VPC that nothing leaves but by endpoints: S3, Bedrock, Lambda, logs and what else is called."""

    vpc: Annotated[str, StringConstraints(pattern=r"^(new|vpc-[0-9a-f]+)$")] = Field(
        _NEW, description="new, or the id of a VPC that is there, with its endpoints."
    )
    subnets: tuple[Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]+$")], ...] = Field(
        (), description="Of a VPC that is there: its private subnets, in two zones or more."
    )
    security_groups: tuple[Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]+$")], ...] = (
        Field((), description="Of a VPC that is there: what its endpoints let in.")
    )

    @model_validator(mode="after")
    def _one_that_is_there_is_whole(self) -> Self:
        given = bool(self.subnets), bool(self.security_groups)
        if self.vpc == _NEW and any(given):
            raise PydanticCustomError(
                "network_new",
                "a new VPC makes its own subnets and security groups; leave them out, or name the VPC",
            )
        if self.vpc != _NEW and not all(given):
            raise PydanticCustomError(
                "network_there",
                "a VPC that is there needs subnets and security_groups; name them",
            )
        return self


class Buckets(SpecModel):
    """Buckets that are there already and are used instead of new ones; they are never deleted."""

    data: Bucket | None = Field(None, description="For records.")
    output: Bucket | None = Field(None, description="For what jobs write, and traces.")


class Roles(SpecModel):
    """Roles that are there already, for companies whose roles are made by others.

    Their rights are theirs: the stack says in its output `...Policy` what each has to allow.
    """

    job: RoleArn | None = Field(None, description="What a job runs with.")
    reward: RoleArn | None = Field(None, description="What the reward Lambda runs with.")


class Concurrency(SpecModel):
    """How many events the reward Lambda scores at once."""

    reserved: int | None = Field(
        None,
        ge=1,
        description="No more than so many at once, taken from the account's own limit.",
    )
    provisioned: int | None = Field(
        None,
        ge=1,
        description=(
            "For so many the newest version is kept warm; `nova-rft deploy` sees to it, and takes it "
            "off older ones. They cost while nothing runs."
        ),
    )

    @model_validator(mode="after")
    def _no_more_than_there_is_room_for(self) -> Self:
        if self.reserved and self.provisioned and self.provisioned > self.reserved:
            raise PydanticCustomError(
                "provisioned_reserved",
                "provisioned is more than reserved, which bounds it; lower it, or reserve more",
            )
        return self


class Notify(SpecModel):
    """Who is told of alarms, of the pipeline's end and of what waits for approval."""

    topic: TopicArn | None = Field(
        None, description="An SNS topic that is there; left out, one is made."
    )
    emails: tuple[Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = Field(
        (), description="Subscribed to the topic; each address has to confirm."
    )
    slack_secret: SecretArn | None = Field(
        None, description="A secret that holds the URL of a Slack incoming webhook."
    )


class Alarms(SpecModel):
    """When somebody is told; the metrics are the reward's own."""

    abstained_share: float = Field(
        0.05,
        gt=0,
        le=1,
        description=(
            "Of a quarter of an hour's rollouts, the share that a judge left without a score; the same "
            "for what is no judge's fault."
        ),
    )
    reward_spread: float = Field(
        0.001,
        ge=0,
        description="The mean deviation inside groups for half an hour, below which nothing is taught.",
    )
    reward_floor: float | None = Field(
        None, description="The mean reward for half an hour, below which it has collapsed."
    )
    daily_cost: float | None = Field(
        None, gt=0, description="What judges may cost in a day, in the prices' currency."
    )


class Pipeline(SpecModel):
    """The project's pipeline: from records to a model that is served, as a state machine."""

    approval: bool = Field(
        True, description="Whether a person says that the model is to be served."
    )
    serve: bool = Field(True, description="Whether the model is deployed for on-demand use.")
    on_deploy: bool = Field(
        False,
        description=(
            "Whether deploying starts it: once for each digest of spec and records. A reward that is "
            "deployed anew starts nothing."
        ),
    )
    look_every_s: int = Field(
        300,
        ge=1,
        le=3600,
        description=(
            "Seconds between two looks at the job; after a hundred of them, a hundredth of the time "
            "that it has taken."
        ),
    )
    timeout_days: int = Field(14, ge=1, le=365, description="The whole is given up after so long.")
    approval_days: int = Field(
        7,
        ge=1,
        le=365,
        description="An approval is waited for so long; no more than timeout_days, which bounds it.",
    )
    least_gain: float = Field(
        0.0,
        description=(
            "By how much the reward, on validation records where there are any, has to have risen; a "
            "job that rose by less is not served."
        ),
    )
    evaluate: bool | None = Field(
        None,
        description=(
            "Whether the model is compared with its base on held-out records, as `nova-rft evaluate` "
            "does. Left out, wherever that can be done; true refuses a spec with which it cannot."
        ),
    )
    evaluation_budget: float | None = Field(
        None,
        gt=0,
        description=(
            "What that comparison may cost, in the prices' currency: refused beforehand where the "
            "estimate is more, and stopped where it is spent. Each model asked needs its price."
        ),
    )

    @model_validator(mode="after")
    def _an_approval_can_be_waited_for(self) -> Self:
        if self.approval and self.approval_days > self.timeout_days:
            raise PydanticCustomError(
                "approval_timeout",
                "approval_days {approval} is more than timeout_days {whole}, after which the whole run "
                "is given up; lower approval_days, or raise timeout_days",
                {"approval": self.approval_days, "whole": self.timeout_days},
            )
        return self


class Stage(SpecModel):
    """One stage: a copy of a project's stacks, in one account and region."""

    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = Field(
        None, description="The account; with credentials of another one nothing is deployed."
    )
    region: Region | None = Field(None, description="The region, in place of the spec's.")
    removal: Literal["retain", "destroy"] = Field(
        "retain",
        description=(
            "What becomes of records, results and tables when the stacks are destroyed: retain, or "
            "destroy, with all that is in them."
        ),
    )
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict, max_length=40, description="On every resource, beside the project's."
    )
    permissions_boundary: PolicyArn | None = Field(
        None, description="The policy that bounds every role that is made."
    )
    network: Network | None = Field(None, description="Left out, functions run outside any VPC.")
    key: Literal["new"] | KeyArn | None = Field(
        None,
        description="A customer key for all that is stored: new, or a key's ARN; left out, AWS's own.",
    )
    buckets: Buckets = Field(default_factory=Buckets, description="Buckets that are there already.")
    roles: Roles = Field(default_factory=Roles, description="Roles that are there already.")
    kept: Kept = Field(default_factory=Kept, description="How long things are kept.")
    concurrency: Concurrency = Field(
        default_factory=Concurrency, description="Of the reward Lambda."
    )
    notify: Notify | None = Field(None, description="Left out, nobody is told.")
    alarms: Alarms = Field(default_factory=Alarms, description="When somebody is told.")
    dashboard: bool = Field(True, description="Whether there is a CloudWatch dashboard.")
    pipeline: Pipeline | None = Field(None, description="Left out, there is no pipeline.")
    scoring: bool = Field(
        False,
        description=(
            "Whether there is a state machine that scores large files, and a role for batches: "
            "`nova-rft score --engine map`, `score` and `evaluate --engine batch`."
        ),
    )

    @model_validator(mode="after")
    def _tags_are_its_own(self) -> Self:
        for key in self.tags:
            if key.lower().startswith(("aws:", "nova-rft:")):
                raise PydanticCustomError(
                    "tag_reserved",
                    "the tag {key} is not a stage's to set; leave out aws: and nova-rft:",
                    {"key": key},
                )
        return self

    def check_account(self, account: str) -> None:
        """Refuses another account than the stage's, where it names one.

        Raises:
            UsageError: it is another one.
        """
        if self.account not in (None, account):
            raise UsageError(
                f"the credentials belong to the account {account}, but stages.yaml names {self.account} "
                "for this stage; sign in to that account, or name another stage"
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """The stacks that the stage adds to the spec's (`Spec.parts`)."""
        made = {
            "key": self.key == _NEW,
            "network": self.network is not None and self.network.vpc == _NEW,
            "pipeline": self.pipeline is not None,
            "scoring": self.scoring,
        }
        return tuple(part for part, asked_for in made.items() if asked_for)


class Stages(SpecModel):
    """`stages.yaml`: a project's stages by name."""

    stages: dict[StageName, Stage] = Field(
        min_length=1, description="Each stage's settings, by the name that the spec calls it."
    )

    @model_validator(mode="after")
    def _traces_are_apart(self) -> Self:
        used: dict[str, str] = {}
        for name, stage in self.stages.items():
            bucket = stage.buckets.output
            if bucket and bucket in used:
                raise PydanticCustomError(
                    "output_shared",
                    "the stages {one} and {other} both write into {bucket}; name a bucket for each",
                    {"one": used[bucket], "other": name, "bucket": bucket},
                )
            if bucket:
                used[bucket] = name
        return self
