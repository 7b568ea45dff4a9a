"""One run, a study of many, and where they run."""
