"""What a judge prefers beside what people prefer."""

from nova_rft.calibrate.bias._biases import Bias, Biases, biases

__all__ = ["Bias", "Biases", "biases"]
