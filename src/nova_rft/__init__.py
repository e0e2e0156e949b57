"""Customise Amazon Nova and Bedrock's open-weight models with an LLM as the judge."""
