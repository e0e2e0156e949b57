"""Penalties: terms that take from a reward what a policy gains by tricks."""
