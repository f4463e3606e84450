"""A backfill or a stream on Google Cloud Dataflow."""
