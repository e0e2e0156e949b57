"""A model's answers to prompts: several to each, kept, and gone on with where it was stopped."""

from nova_rft.sampling._answers import answers, stop_if_spent
from nova_rft.sampling._bill import answers_cost, judges_cost
from nova_rft.sampling._log import appending, logged
from nova_rft.sampling._prompts import Prompt, keyed
from nova_rft.sampling._purse import FilePurse

__all__ = [
    "FilePurse",
    "Prompt",
    "answers",
    "answers_cost",
    "appending",
    "judges_cost",
    "keyed",
    "logged",
    "stop_if_spent",
]
