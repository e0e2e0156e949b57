"""Deleting a project's stage: what would go and what would stay, then the deed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft.deploy._bundle import Progress
from nova_rft.deploy._packs import forget, packs
from nova_rft.deploy._work import Place, place
from nova_rft.errors import AwsRefused, UsageError

if TYPE_CHECKING:
    from nova_rft.aws.custom_models import CustomModel
    from nova_rft.aws.stacks import Resource

# Each before those that it imports from; whatever is not here comes before all of these.
_ORDER: Final = (
    *("pipeline", "scoring", "monitoring", "customization", "evaluators", "packages", "reward"),
    *("storage", "network", "key"),
)
# What holds something, as people call it; only these are named.
_HOLDERS: Final = {
    "AWS::S3::Bucket": "bucket",
    "AWS::DynamoDB::Table": "table",
    "AWS::KMS::Key": "key",
    "AWS::SageMaker::ModelPackageGroup": "model package group",
    "AWS::SageMaker::Hub": "hub",
    "AWS::Logs::LogGroup": "log",
}
# Logs go with their stack, whatever the stage says.
_ALWAYS_GOES: Final = "log"
# Of the pipeline, among the CDK's assets: no resource of a stack, and gone with it all the same.
_PACK: Final = "packed project"
# S3 may still write an access log that it owes.
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Held:
    """Something that holds something: its kind and its name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that would be deleted, with what goes and what stays of it."""

    name: str
    goes: tuple[Held, ...]
    stays: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What destroying a project's stage would do.

    Attributes:
        project: The project.
        stage: The stage.
        account: The account.
        region: The region.
        stacks: The stacks that would be deleted, in that order.
        left_alone: Stacks that would stay, and why.
        models: Names of the custom models on Bedrock, which stay whatever the stage says.
    """

    project: str
    stage: str
    account: str
    region: str
    stacks: tuple[Stack, ...]
    left_alone: Mapping[str, str]
    models: tuple[str, ...]

    @property
    def goes(self) -> tuple[Held, ...]:
        """All that would be deleted with what is in it."""
        return tuple(held for stack in self.stacks for held in stack.goes)

    @property
    def stays(self) -> tuple[Held, ...]:
        """All that would outlive its stack."""
        return tuple(held for stack in self.stacks for held in stack.stays)


def removal(spec_path: str | Path = "nova-rft.yaml") -> Removal:
    """What destroying would do, by what is deployed; it changes nothing.

    Raises:
        UsageError: the account is not the stage's; the stacks are deployed with another `removal`.
        AwsRefused: AWS does not let the caller look.
    """
    return _planned(place(spec_path, lambda _: None))


def destroy(
    spec_path: str | Path = "nova-rft.yaml", *, progress: Progress = lambda _: None
) -> Removal:
    """Deletes the stacks of a project's stage, those of earlier specs too, and asks nothing.

    Where the stage's `removal` is `destroy`, its buckets, model package group and hub are emptied first,
    and what deploying copied among the CDK's assets is deleted; where AWS refuses that, it stays.
    Cut short, it is called again: it goes on with what is still there. A policy that was attached by
    hand has to be detached before.

    Returns:
        What was done.

    Raises:
        UsageError: as `removal`.
        AwsRefused: AWS refused.
    """
    here = place(spec_path, progress)
    planned = _planned(here)
    left = dict(planned.left_alone)
    for turn, stack in enumerate(planned.stacks, start=1):
        # Before the stack, which alone knows them.
        left.update(_forgotten(here, stack))
        _delete(here, stack, f"{stack.name} ({turn} of {len(planned.stacks)} stacks)")
    return replace(planned, left_alone=left)


def _planned(here: Place) -> Removal:
    from nova_rft.aws.custom_models import custom_models
    from nova_rft.aws.stacks import project_stacks, stack_resources

    found = _in_order(here, project_stacks(here.aws, here.spec))
    models = list(custom_models(here.aws, here.spec))
    stacks, left = list[Stack](), dict[str, str]()
    for name in found:
        resources = stack_resources(here.aws, name)
        stack = Stack(name, *(tuple(_held(resources, stays=stays)) for stays in (False, True)))
        why = _left(here, stack, models)
        if why is None:
            stacks.append(_with_packs(here, stack))
        else:
            left[name] = why
    return Removal(
        here.spec.project,
        here.spec.stage,
        here.aws.account(),
        here.aws.region,
        tuple(stacks),
        left,
        tuple(model.name for model in models),
    )


def _with_packs(here: Place, stack: Stack) -> Stack:
    """With the packed projects that go as well, where all goes that the stacks hold."""
    if here.stage.removal != "destroy" or stack.name != here.spec.stack_name("pipeline"):
        return stack
    found = tuple(Held(_PACK, address) for address in packs(here.aws, stack.name))
    return replace(stack, goes=(*stack.goes, *found))


def _forgotten(here: Place, stack: Stack) -> Iterator[tuple[str, str]]:
    """Deletes the packed projects of a stack; those that AWS refuses to delete, and why."""
    for held in stack.goes:
        if held.kind == _PACK and (why := forget(here.aws, held.name)):
            yield held.name, why


def _in_order(here: Place, names: Sequence[str]) -> list[str]:
    start = here.spec.stack_name("")

    def turn(name: str) -> int:
        part = name.removeprefix(start)
        return _ORDER.index(part) if part in _ORDER else -1

    return sorted(names, key=turn)


def _held(resources: Sequence[Resource], *, stays: bool) -> Iterator[Held]:
    for one in resources:
        if one.kind in _HOLDERS and one.stays is stays:
            # SageMaker's are known by their ARNs, whose last part is the name.
            yield Held(_HOLDERS[one.kind], one.physical_id.rsplit("/", 1)[-1])


def _left(here: Place, stack: Stack, models: Sequence[CustomModel]) -> str | None:
    """Why a stack is left alone, or None.

    Raises:
        UsageError: what stages.yaml says was never deployed.
    """
    destroys = here.stage.removal == "destroy"
    against = [one for one in (stack.stays if destroys else stack.goes) if one.kind != _ALWAYS_GOES]
    if against and _asked_for(here, stack.name):
        deployed = "retain" if destroys else "destroy"
        raise UsageError(
            f"stages.yaml says removal: {here.stage.removal}, but {stack.name} is deployed with "
            f"removal: {deployed} ({against[0]}); deploy first, so that both say the same: "
            "`nova-rft deploy`"
        )
    if against and not destroys:
        return f"deleting it would delete the {against[0]}, and the stage's removal is retain"
    keys = {one.name for one in stack.goes if one.kind == "key"}
    by_it = [one.name for one in models if one.key_arn and one.key_arn.rsplit("/", 1)[-1] in keys]
    if by_it:
        return f"its key encrypts {len(by_it)} custom models, which nothing could read without it"
    return None


def _asked_for(here: Place, name: str) -> bool:
    """Whether spec and stage ask for a stack, so that deploying again changes it."""
    part = name.removeprefix(here.spec.stack_name(""))
    return part in here.spec.parts or part in here.stage.parts


def _delete(here: Place, stack: Stack, called: str) -> None:
    from nova_rft.aws.stack_removal import delete_stack

    def counted(gone: int, of: int) -> None:
        here.progress(f"deleting {called}: {gone} of {of} resources gone")

    here.progress(f"deleting {called}")
    for attempt in range(1, _ATTEMPTS + 1):
        _empty(here, stack)
        try:
            delete_stack(here.aws, stack.name, counted=counted)
        except AwsRefused as refused:
            if attempt == _ATTEMPTS or refused.code != "DELETE_FAILED":
                raise
        else:
            return


def _empty(here: Place, stack: Stack) -> None:
    """Empties what CloudFormation would refuse to delete."""
    from nova_rft.aws.stack_removal import empty_bucket, empty_hub, empty_package_group

    for held in stack.goes:
        if held.kind == "bucket":

            def removed(count: int, bucket: str = held.name) -> None:
                here.progress(f"emptying {bucket}: {count:,} objects and versions gone")

            empty_bucket(here.aws, held.name, removed=removed)
        elif held.kind == "model package group":
            here.progress(f"deleting {empty_package_group(here.aws, held.name)} model packages")
        elif held.kind == "hub":
            here.progress(f"deleting {empty_hub(here.aws, held.name)} evaluators")
