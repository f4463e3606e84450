"""The kinds of frame encoders, and where their weights come from."""
