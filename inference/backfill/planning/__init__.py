"""Parts of a plan: the catalog, a measured sample, prices, workers, what came of it."""
