"""Judge models behind one protocol; the one on Bedrock lives in `nova_rft.aws`."""

from nova_rft.judge.models._openai import OpenAIModel
from nova_rft.judge.models._replay import RecordingModel, ReplayModel, request_digest
from nova_rft.judge.models._scripted import ScriptedModel

__all__ = ["OpenAIModel", "RecordingModel", "ReplayModel", "ScriptedModel", "request_digest"]
