"""What thresholds are shown to hold, and by how much evidence."""
