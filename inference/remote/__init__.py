"""Files that are not on this machine: `gs://` and other stores, `http(s)://`."""
