"""The one inference loop, and generation."""
