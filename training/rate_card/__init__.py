"""What each category has on offer, and whether it may be sold."""
