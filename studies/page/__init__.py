"""What writes the pages of the findings from a study's rows."""
