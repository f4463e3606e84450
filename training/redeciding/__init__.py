"""The parts of deciding anew from stored scores."""
