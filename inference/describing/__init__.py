"""Describes many videos at once."""
