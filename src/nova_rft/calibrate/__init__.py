"""The judge against people."""
