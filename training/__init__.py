"""From a catalog to a model bundle."""
