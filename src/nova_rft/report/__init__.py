"""Findings for people: one page of HTML, and the same in short for the terminal.

`summarise` turns scored rollouts into plain data; `render_html` and `print_summary` only show it.
"""

from nova_rft.report._calibration import render_calibration_page, write_calibration_page
from nova_rft.report._conclusion import Conclusion, Stood
from nova_rft.report._data import render_data_page, write_data_page
from nova_rft.report._environment import script, style
from nova_rft.report._evaluation import (
    alike_words,
    figure_words,
    interval_words,
    render_evaluation_page,
    scripted_words,
    seconds_words,
    value_words,
    write_evaluation_page,
)
from nova_rft.report._input import JobFacts, ReportInput, prompt_digest
from nova_rft.report._page import render_html
from nova_rft.report._recent import newest_rollouts
from nova_rft.report._rehearsal import render_rehearsal, write_rehearsal_page
from nova_rft.report._sections import Section, conclusion_html, sections
from nova_rft.report._summarise import summarise
from nova_rft.report._summary import Summary
from nova_rft.report._terminal import print_summary
from nova_rft.report._write import write_report

__all__ = [
    "Conclusion",
    "JobFacts",
    "ReportInput",
    "Section",
    "Stood",
    "Summary",
    "alike_words",
    "conclusion_html",
    "figure_words",
    "interval_words",
    "newest_rollouts",
    "print_summary",
    "prompt_digest",
    "render_calibration_page",
    "render_data_page",
    "render_evaluation_page",
    "render_html",
    "render_rehearsal",
    "script",
    "scripted_words",
    "seconds_words",
    "sections",
    "style",
    "summarise",
    "value_words",
    "write_calibration_page",
    "write_data_page",
    "write_evaluation_page",
    "write_rehearsal_page",
    "write_report",
]
