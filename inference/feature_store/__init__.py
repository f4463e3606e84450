"""How features lie on disk."""
