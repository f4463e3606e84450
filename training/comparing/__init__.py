"""What a new model does better or worse than an old one, and whether that is chance."""
