"""Types, tasks, methods, runs, the recipe grammar and name lookup; standard library only."""
