"""A video whose logits are known: the sum of its frames' values."""

import numpy as np


class SumOfFrames:
    """A network whose logit is the sum of the frames' values; it notes its calls."""

    def __init__(self, values):
        self.values = np.asarray(values, np.float64)
        self.calls = []

    def logits(self, views):
        self.calls.append(views.shape)
        return views @ self.values

    def unseen(self):
        return np.zeros((2, self.values.shape[1]))

    def contributions(self, labels):
        return self.values[:, list(labels)]
