"""The catalog of made-up clips that `vidcat demo` works on."""
