"""From a video to its categories: all that serving needs."""
