"""The `vidcat` command, one file a verb: parse, call one public function, print."""
