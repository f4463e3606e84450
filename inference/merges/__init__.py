"""Puts together what text and frames say."""
