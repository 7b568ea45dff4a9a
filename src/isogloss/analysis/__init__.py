"""Rows in, findings out; never imports torch."""
