"""Results in the forms that others take."""
