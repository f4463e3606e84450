"""The transforms as a Klio job."""
