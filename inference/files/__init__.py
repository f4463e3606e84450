"""Files and folders that are written whole, checked, and never destroyed."""
