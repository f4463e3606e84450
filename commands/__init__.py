"""The `vidcat` command: one file a verb; each parses, calls one public function, prints."""
