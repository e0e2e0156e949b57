"""Recipes: what a training job or a HyperPod cluster reads to know what to train, and how."""

from nova_rft.jobs.recipes._base import Rate
from nova_rft.jobs.recipes._images import training_image
from nova_rft.jobs.recipes._settings import instances, shipped
from nova_rft.jobs.recipes._write import changes, recipe, recipe_text

__all__ = [
    "Rate",
    "changes",
    "instances",
    "recipe",
    "recipe_text",
    "shipped",
    "training_image",
]
