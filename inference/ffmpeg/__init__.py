"""Decodes video files with ffmpeg."""
