"""What `vidcat doctor` looks at."""
