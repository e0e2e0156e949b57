"""Bedrock: customization jobs, custom models and their deployments, foundation models, Converse."""

from nova_rft.local_aws.bedrock._service import Bedrock

__all__ = ["Bedrock"]
