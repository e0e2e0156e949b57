"""Whether the deployed roles were made for what the spec asks for now."""

from __future__ import annotations

from typing import Any

from nova_rft.aws.stacks import Deployment, NotDeployed
from nova_rft.spec import Capability, Need, Spec, aws_image, capability


def check_made_for(spec: Spec, deployed: Deployment, region: str) -> None:
    """Refuses a spec whose technique or base model asks for other rights than the roles have.

    Args:
        spec: What is to be submitted.
        deployed: What the stacks made; stacks that do not say what for are taken as they are.
        region: Theirs.

    Raises:
        NotDeployed: AWS would refuse, hours later perhaps.
    """
    technique, model = deployed.technique, deployed.base_model
    if technique is None or model is None or (technique, model) == (spec.technique, spec.model):
        return
    before = capability(technique, spec.backend, model)
    if isinstance(before, Capability) and _asks(before, region) == _asks(spec.cell, region):
        return
    raise NotDeployed(
        f"the roles of {spec.project} ({spec.stage}) were deployed for {technique} of {model}, and the "
        f"spec asks for {spec.technique} of {spec.model}, which needs other rights; deploy again: "
        "`nova-rft deploy`"
    )


def _asks(cell: Capability, region: str) -> tuple[Any, ...]:
    """All that a role's rights depend on: what must be there, the hub's model, the image."""
    image = ""
    if Need.INSTANCES in cell.needs:
        image = (aws_image(cell.backend, cell.technique, cell.model, region) or "").partition(":")[
            0
        ]
    return cell.needs, cell.name if Need.PACKAGE_GROUP in cell.needs else "", image
