"""Metrics, one a file, and the statistics over them."""
