"""What a model says today, beside what it said when it was trusted."""
