"""Labels of the visual model from what a teacher says of the text."""
