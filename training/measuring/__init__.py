"""Which videos a model is measured on, and how good it is there."""
