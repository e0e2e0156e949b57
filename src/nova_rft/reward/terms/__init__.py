"""The terms a reward is composed of: one file for each idea."""
