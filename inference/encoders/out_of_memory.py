"""Tells whether a runtime has run out of memory, without importing any."""

from typing import Final

_RUNTIMES: Final = frozenset({"tensorflow", "jax", "jaxlib"})

_SIGNS: Final = (
    # JAX has one class for all errors of XLA; their text begins with the status.
    "RESOURCE_EXHAUSTED",
    # TensorFlow's word for a batch that found no place on the GPU
    # (https://github.com/tensorflow/tensorflow/issues/7025).
    "Dst tensor is not initialized",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether TensorFlow or JAX raised this because a device's memory is exhausted.

    Args:
        error: Whatever a call of a network raised.

    Returns:
        `False` for errors of other libraries, whatever their text.
    """
    kinds = type(error).__mro__
    if not any(kind.__module__.partition(".")[0] in _RUNTIMES for kind in kinds):
        return False
    if any(kind.__name__ == "ResourceExhaustedError" for kind in kinds):
        return True
    return any(sign in str(error) for sign in _SIGNS)
