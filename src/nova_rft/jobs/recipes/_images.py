"""The image that a training run has: the spec's own, or AWS's."""

from __future__ import annotations

from nova_rft.errors import UsageError
from nova_rft.spec import IMAGE_REGIONS, Spec, aws_image


def training_image(spec: Spec, region: str) -> str:
    """The URI of the image that a job by recipe runs in: the spec's own, or AWS's for the region.

    Raises:
        UsageError: no source names one.
    """
    own = spec.compute.image if spec.compute else None
    image = own or aws_image(spec.backend, spec.technique, spec.model, region)
    if image is None:
        raise UsageError(
            f"no source names an image of AWS's for {spec.technique} of {spec.model} on "
            f"{spec.backend} in {region} (known are {', '.join(IMAGE_REGIONS)}); set compute.image"
        )
    return image
