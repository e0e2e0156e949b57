"""Where a job runs that has instances of its own, and what training costs."""

import re
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from nova_rft.spec._base import SpecModel
from nova_rft.spec._capabilities import Capability
from nova_rft.spec._recipes import Recipe, recipes_for


class ComputeSpec(SpecModel):
    """Instances of a SageMaker training job, or of a HyperPod cluster; other backends choose theirs."""

    instance_type: str | None = Field(
        None, description="Instance type, such as ml.p5.48xlarge; left out, the usual recipe's."
    )
    replicas: int | None = Field(
        None, ge=1, description="Instances; left out, as many as the recipe usually has."
    )
    max_hours: float = Field(
        24.0,
        gt=0,
        le=672,
        description="A training job is stopped after so many hours (28 days at most).",
    )
    volume_gb: int = Field(500, ge=1, le=16_384, description="Disk of each instance, in GB.")
    image: str | None = Field(
        None, description="The training image's URI; left out, AWS's for the technique and region."
    )
    cluster: str | None = Field(None, description="The HyperPod cluster's name.")
    namespace: str = Field("kubeflow", description="The cluster's namespace for jobs.")


class TrainingPrices(SpecModel):
    """What training costs, in US dollars; nothing is assumed where it is left out."""

    hour: float | None = Field(None, ge=0, description="An hour of the job's training.")
    instance_hour: float | None = Field(
        None, ge=0, description="An hour of one instance (training jobs by recipe)."
    )
    million_tokens: float | None = Field(
        None, ge=0, description="A million tokens of training, where the service bills those."
    )
    model_month: float | None = Field(
        None, ge=0, description="Storage of the custom model for a month."
    )
    deployment_hour: float | None = Field(
        None, ge=0, description="An hour of the model's deployment; 0 where calls alone cost."
    )


class MlflowSpec(SpecModel):
    """Where runs are logged beside AWS."""

    tracking_uri: str = Field(
        min_length=1,
        description="Address of the tracking server, a folder, or an MLflow app's ARN.",
    )
    experiment: str | None = Field(
        None, description="Name of the experiment; left out, PROJECT-STAGE."
    )

    @property
    def arn(self) -> str | None:
        """The address where it is an MLflow app's ARN: AWS's own jobs log to those alone."""
        return self.tracking_uri if _MLFLOW.fullmatch(self.tracking_uri) else None


ModelSource = Annotated[
    str, StringConstraints(pattern=r"^(arn:aws[a-z-]*:(bedrock|sagemaker):.+|s3://[^/]+/.+)$")
]

# botocore 1.44.5, sagemaker service model, MlflowResourceArn.
_MLFLOW: Final = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:\d{12}:mlflow-[a-zA-Z-]*/.+")

# What each backend goes on from: how its name begins, and what it is called.
_RESUMED: Final = {
    "bedrock": (":custom-model/", "a custom model's ARN"),
    "sagemaker": (":model-package/", "a model package's ARN"),
    "sagemaker-recipe": ("s3://", "the S3 address of a checkpoint"),
    "hyperpod": ("s3://", "the S3 address of a checkpoint"),
}


def recipe_of(cell: Capability, compute: ComputeSpec | None) -> Recipe:
    """The recipe of a combination: the first that is made for the asked instance type.

    Raises:
        ValueError: there is none; `compute_problem` says why.
    """
    known = recipes_for(cell)
    asked = compute.instance_type if compute else None
    for recipe in known:
        if asked is None or asked in recipe.instances:
            return recipe
    raise ValueError(f"no recipe of {cell.technique} for {cell.model} on {asked}")


def compute_problem(cell: Capability, compute: ComputeSpec | None) -> str | None:
    """What is wrong with the asked instances, or None."""
    known = recipes_for(cell)
    if not known:
        return f"{cell.backend} chooses its instances itself; leave it out" if compute else None
    if compute is None:
        return None
    kinds = dict.fromkeys(kind for recipe in known for kind in recipe.instances)
    what = f"{cell.technique} of {cell.model} ({cell.adapter}) on {cell.backend}"
    if compute.instance_type not in (None, *kinds):
        return f"{what} has recipes for {', '.join(kinds)}; name one of them"
    recipe = recipe_of(cell, compute)
    if compute.replicas not in (None, *recipe.replicas):
        allowed = ", ".join(map(str, sorted(recipe.replicas)))
        return f"the recipe {recipe.name} takes {allowed} replicas; name one of these"
    if cell.backend != "hyperpod" and compute.cluster:
        return "cluster goes with hyperpod alone; leave it out"
    return None


def resume_problem(cell: Capability, source: str) -> str | None:
    """Why a backend cannot go on from a source, or None."""
    # A teacher that answers goes on from nothing.
    taught = (cell.technique, cell.backend) == ("distillation", "sagemaker-recipe")
    if cell.backend not in _RESUMED or taught:
        return f"{cell.backend} starts from base models alone; leave it out"
    form, what = _RESUMED[cell.backend]
    return None if form in source else f"{source} is no start for {cell.backend}; name {what}"
