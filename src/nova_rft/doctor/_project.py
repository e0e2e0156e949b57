"""The project: its spec, its records, its models, its stacks and the role of its jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nova_rft.doctor._look import Look, State, look
from nova_rft.errors import FindingsError

if TYPE_CHECKING:
    from nova_rft.project import Project


def offline(project: Project) -> Iterator[Look]:
    """What can be seen without credentials."""
    spec = project.spec
    said = f"{spec.project} ({spec.stage}): {spec.technique} of {spec.model} on {spec.backend}"
    yield Look("spec", State.GOOD, said)
    yield look("records", lambda: _records(project))


def online(project: Project) -> Iterator[Look]:
    """What AWS says."""
    yield look("region of the base model", lambda: _offered(project), otherwise=State.WARNING)
    if project.spec.reward is not None:
        yield look("judge models", lambda: _judges(project))
    yield look("stacks", lambda: _stacks(project), otherwise=State.WARNING)


def _records(project: Project) -> str:
    checked = project.check()
    wrong = [one for _, found in checked for one in found.findings if one.severity == "error"]
    if wrong:
        raise FindingsError(f"{wrong[0]} (errors in all: {len(wrong)}; nova-rft check shows them)")
    return ", ".join(f"{name} {found.records:,}" for name, found in checked)


def _offered(project: Project) -> str:
    """By the capability table; Bedrock has no free call that says it."""
    cell, here = project.spec.cell, project.aws.region
    if here not in cell.regions:
        raise FindingsError(
            f"{cell.technique} of {cell.model} is known in {', '.join(cell.regions)}, and not known in "
            f"{here}: name another region, or try what AWS says to this one"
        )
    return f"{cell.technique} of {cell.model} is offered in {here}"


def _judges(project: Project) -> str:
    problems = project.check_judges()
    if problems:
        raise FindingsError("; ".join(problem.message for problem in problems))
    return "each is there, and this account may use it"


def _stacks(project: Project) -> str:
    from nova_rft.aws.stacks import deployment
    from nova_rft.spec import digest

    found, spec = deployment(project.aws, project.spec), project.spec
    if spec.reward is not None and found.reward_digest not in (None, digest(spec.reward)):
        raise FindingsError(
            "the deployed reward is not the spec's; deploy it before you submit: nova-rft deploy"
        )
    role = f"; jobs run as {found.job_role_arn}" if found.job_role_arn else ""
    return f"deployed in account {found.account}{role}"
