"""Customise Amazon Nova and Bedrock's open-weight models with an LLM as the judge.

    from nova_rft import Project

    project = Project.load("nova-rft.yaml")
    project.submit()

Names are imported when first used, so that `import nova_rft` costs nothing in a Lambda.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nova_rft.errors import NovaRftError
    from nova_rft.project import Project

__version__ = "0.1.0"
__all__ = ["NovaRftError", "Project", "__version__"]

_HOMES = {"NovaRftError": "nova_rft.errors", "Project": "nova_rft.project"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nova_rft' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
