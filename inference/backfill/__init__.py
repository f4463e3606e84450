"""What runs the transforms: a whole catalog, a folder of uploads, a stream."""
