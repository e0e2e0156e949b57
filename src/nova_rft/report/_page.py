"""The page: one HTML file that holds its style, its script and its pictures and needs nothing else."""

from __future__ import annotations

from nova_rft import __version__
from nova_rft.report._environment import environment
from nova_rft.report._sections import conclusion_html, sections
from nova_rft.report._summary import Summary


def render_html(summary: Summary) -> str:
    """The report as one HTML page; equal summaries give equal pages."""
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            summary=summary,
            conclusion=conclusion_html(summary),
            sections=sections(summary),
            version=__version__,
            as_of=_as_of(summary),
        )
    )


def _as_of(summary: Summary) -> str:
    """When the newest thing that it tells of was: the clock would make equal summaries differ."""
    job = summary.job
    ended = (job.ended or job.created) if job else ""
    return ended or summary.last_at or ""
