"""What can be said about a video: taxonomies and the labels chosen from them."""
