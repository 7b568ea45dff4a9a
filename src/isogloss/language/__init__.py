"""Languages: their codes, names, scripts and words, and what backbones have seen of them."""
