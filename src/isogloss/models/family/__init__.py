"""Families of backbones: how they are found, built, named and sized."""
