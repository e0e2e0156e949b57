"""Everything that is looked at, in the order in which it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nova_rft.doctor import _account, _machine, _project
from nova_rft.doctor._look import Look, State
from nova_rft.errors import NovaRftError
from nova_rft.project import Project, state_folder
from nova_rft.spec import Stage, load_stage


def examine(spec: Path) -> Iterator[Look]:
    """Looks at this machine, the project where there is one, and the account.

    Nothing is changed, nothing is paid for, and what is wrong stops none of the rest.

    Args:
        spec: The spec's file; where it is missing the project is left out, and that is said.
    """
    yield from _machine.machine(state_folder())
    project = None
    try:
        project = Project.load(spec)
    except NovaRftError as error:
        missing = not spec.exists()
        yield Look("spec", State.UNKNOWN if missing else State.BAD, str(error))
    if project is None:
        yield from _account.account(None, Stage())
        return
    yield from _project.offline(project)
    good = True
    for found in _account.account(project.spec.region, load_stage(spec, project.spec.stage)):
        good = good and found.state is not State.BAD
        yield found
    if good:
        yield from _project.online(project)
