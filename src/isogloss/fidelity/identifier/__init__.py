"""Language identifiers, one a file; each wraps a package of its own."""
