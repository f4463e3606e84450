"""The report of an evaluation: one page that holds everything."""
