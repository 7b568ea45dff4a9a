"""Inputs: what a field may hold, one a file."""
