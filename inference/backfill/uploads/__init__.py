"""Categorizes uploads as they come: to a watched folder, or on a stream of messages."""
