"""The options on how a judge is held against people, which several commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.calibrate import Draws, How
    from nova_rft.spec import Thresholds


def how(people: str, order: str, draws: Draws, thresholds: Thresholds) -> How:
    """What the options `--people` and `--order` ask for.

    Args:
        people: How several annotators become one.
        order: Labels from worst to best, with commas between them; empty where they are numbers.
        draws: Bootstrap draws.
        thresholds: What a judge must reach.

    Raises:
        UsageError: `people` is no such way.
    """
    from typing import get_args

    from nova_rft.calibrate import How, People

    if people not in get_args(People):
        raise UsageError(f"--people {people}: use {', '.join(get_args(People))}")
    return How(
        people=people,  # type: ignore[arg-type]  # One of them: looked up above.
        order=tuple(word.strip() for word in order.split(",") if word.strip()),
        draws=draws,
        thresholds=thresholds,
    )
