"""Figures that the manual claims, measured side by side: `make bench`."""
