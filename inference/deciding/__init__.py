"""The fitted values behind decisions: calibrators and thresholds."""
