"""Fits and measures what text and frames are worth together."""
