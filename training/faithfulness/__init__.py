"""Whether the seconds that are shown are those that the decision hangs on."""
