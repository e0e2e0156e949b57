"""Verifiers: terms that prove something of a response, without a judge."""
