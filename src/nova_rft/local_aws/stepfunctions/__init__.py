"""Step Functions: state machines that run, by moto's interpreter of their language."""

from nova_rft.local_aws.stepfunctions._machines import mend

__all__ = ["mend"]
