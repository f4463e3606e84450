"""The fields of a catalog, its writer, and the video files it names."""
