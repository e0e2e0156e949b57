"""Graders of OpenAI's fine-tuning API as terms."""

from nova_rft.reward.functions.openai_grader._grader import OpenAIGrader

__all__ = ["OpenAIGrader"]
