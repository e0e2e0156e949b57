"""The sections of the report, each a fragment of HTML made from the summary alone.

A page of its own, or a live one, puts them together as it likes: `style` and `script` are what they
need, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from nova_rft.report._compared_chart import gains_chart
from nova_rft.report._conclusion import Stood
from nova_rft.report._costs import totals
from nova_rft.report._curves import pictures, steps_per_point, without_picture
from nova_rft.report._environment import environment
from nova_rft.report._kinds import KINDS
from nova_rft.report._rehearsal_charts import summary_pictures
from nova_rft.report._rewarded import rewarded_charts
from nova_rft.report._summary import Summary


@dataclass(frozen=True, slots=True)
class Section:
    """One step of the story.

    Attributes:
        stood: Its name, its verdict, and the command that does the step where it was not done.
        body: What it shows, without its heading.
    """

    stood: Stood
    body: Markup

    @property
    def html(self) -> Markup:
        """The whole section, with its heading."""
        return _render("section", stood=self.stood, body=self.body)


def sections(summary: Summary) -> list[Section]:
    """Every section of a report, in the order of the story."""
    return [Section(stood, _body(stood, summary)) for stood in summary.conclusion.steps]


def conclusion_html(summary: Summary) -> Markup:
    """What came out, and the contents with each step's verdict."""
    return _render("conclusion", summary=summary)


def _body(stood: Stood, summary: Summary) -> Markup:
    given = _GIVEN.get(stood.id)
    return _render(stood.id, summary=summary, stood=stood, **(given(summary) if given else {}))


def _render(name: str, **given: Any) -> Markup:
    text = environment().get_template(f"sections/{name}.html.j2").render(**given)
    return Markup(text)  # noqa: S704 - the templates are ours and escape what they are given


def _trained(summary: Summary) -> dict[str, Any]:
    return {
        "pictures": pictures(summary.measured, summary.measures),
        "steps_per_point": steps_per_point(summary.measured),
        "without_picture": without_picture(summary.measured),
    }


def _rehearsed(summary: Summary) -> dict[str, Any]:
    found = summary.rehearsed
    return {"pictures": list(summary_pictures(found.steps)) if found else []}


def _compared(summary: Summary) -> dict[str, Any]:
    return {"chart": gains_chart(summary.compared) if summary.compared else None}


def _cost(summary: Summary) -> dict[str, Any]:
    reward = summary.asked.reward
    share = reward.trace_share if reward else 1.0
    return {"sums": totals(summary.costs), "partial": share if 0 < share < 1 else None}


# What a section's template is given beside the summary.
_GIVEN: Final[dict[str, Callable[[Summary], dict[str, Any]]]] = {
    "rehearsed": _rehearsed,
    "trained": _trained,
    "rewarded": rewarded_charts,
    "compared": _compared,
    "cost": _cost,
    "rollouts": lambda _: {"kinds": KINDS},
}
