"""Results and scores in the forms that other programs read."""
