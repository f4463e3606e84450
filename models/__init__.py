"""Networks: numbers in, scores out."""
