"""Judging by Bedrock's batch inference: half the price, and hours rather than seconds."""

from nova_rft.scale.batch._check import check_batchable
from nova_rft.scale.batch._engine import BatchEngine
from nova_rft.scale.batch._jobs import Jobs
from nova_rft.scale.batch._replies import Question, batch_replies
from nova_rft.scale.batch._store import Store

__all__ = ["BatchEngine", "Jobs", "Question", "Store", "batch_replies", "check_batchable"]
