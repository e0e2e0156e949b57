"""SageMaker: customization jobs in both of their forms, hubs, model packages."""

from nova_rft.local_aws.sagemaker._service import SageMaker

__all__ = ["SageMaker"]
