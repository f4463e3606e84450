"""From a catalog of videos to a feature store."""
