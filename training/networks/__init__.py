"""The network that is trained, and what a running training needs."""
