"""Which seconds of a video speak for a category, and why none do."""
