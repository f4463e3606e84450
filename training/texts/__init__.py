"""Trains and measures text categorizers."""
