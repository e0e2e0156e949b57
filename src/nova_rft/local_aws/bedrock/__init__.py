"""Bedrock: customization jobs, custom models, foundation models, Converse."""

from nova_rft.local_aws.bedrock._control_plane import Bedrock
from nova_rft.local_aws.bedrock._converse import converse_service

__all__ = ["Bedrock", "converse_service"]
