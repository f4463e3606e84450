"""Beam transforms: from the rows of a catalog to one result each."""
