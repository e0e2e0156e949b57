"""The only place that speaks to AWS: session, errors, storage, Converse, stacks, jobs, metrics.

Nothing is imported here: the reward Lambda imports the modules that it needs, and a cold start pays
for no others.
"""
