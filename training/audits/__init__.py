"""A person's verdicts on what a teacher says."""
