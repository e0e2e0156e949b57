"""Functions and graders written for something else, each made a term."""
