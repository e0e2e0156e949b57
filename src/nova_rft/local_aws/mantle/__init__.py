"""Bedrock's OpenAI-compatible API: files, fine-tuning jobs by reward, and what their models answer."""

from nova_rft.local_aws.mantle._service import PREFIX, Mantle

__all__ = ["PREFIX", "Mantle"]
