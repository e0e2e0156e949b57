"""Step Functions: state machines that run, by moto's interpreter of their language."""

from nova_rft.local_aws.stepfunctions._machines import learn, mend

__all__ = ["join_stacks", "learn", "mend"]


def join_stacks() -> None:
    """Lets stacks make machines; late, for CloudFormation's models are slow to import."""
    from nova_rft.local_aws.stepfunctions import _stacks  # noqa: F401 - moto looks for its classes

    learn()
