"""Customise Amazon Nova and Bedrock's open-weight models with an LLM as the judge.

    from nova_rft import Project

    project = Project.load("nova-rft.yaml")
    project.submit().wait().report()

Names are imported when first used, so that `import nova_rft` costs nothing in a Lambda.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.errors import NovaRftError
    from nova_rft.project import JobHandle, Project, wait_all

__version__ = "0.1.0"
__all__ = ["JobHandle", "NovaRftError", "Project", "__version__", "wait_all"]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.errors": ("NovaRftError",),
        "nova_rft.project": ("JobHandle", "Project", "wait_all"),
    },
)
