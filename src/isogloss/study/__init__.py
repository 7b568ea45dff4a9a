"""A study of many runs: the file, the plan, the grid, where it runs, what it costs."""
