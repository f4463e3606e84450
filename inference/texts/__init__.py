"""From the text of a catalog row to what it says."""
