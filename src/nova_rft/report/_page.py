"""The page: one HTML file that holds its style, its script and its pictures and needs nothing else."""

from __future__ import annotations

from nova_rft.report._environment import environment
from nova_rft.report._sections import conclusion_html, sections
from nova_rft.report._summary import Summary


def render_html(summary: Summary) -> str:
    """The report as one HTML page; equal summaries give equal pages."""
    return (
        environment()
        .get_template("page.html.j2")
        .render(summary=summary, conclusion=conclusion_html(summary), sections=sections(summary))
    )
