"""The networks of keras.applications that can describe frames."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import keras

from vidcat.inference.encoders.weights import WeightsFile

_PUBLISHED: Final = "https://storage.googleapis.com/tensorflow/keras-applications/"


@dataclass(frozen=True, kw_only=True)
class KerasNetwork:
    """A network of keras.applications without its classification layer."""

    build: Callable[..., Any]
    """Its constructor."""
    input_size: int
    """Height and width of a frame, in pixels, as in its training."""
    scaled: bool
    """Whether pixels must be brought to [-1, 1]; else the network does its own."""
    imagenet: WeightsFile
    """Its weights after training on ImageNet."""


# Only networks whose files of weights have a recorded checksum; the values are
# those of Keras 3 and have not changed since Keras 2.
NETWORKS: Final[Mapping[str, KerasNetwork]] = MappingProxyType(
    {
        "inception_v3": KerasNetwork(
            build=keras.applications.InceptionV3,
            input_size=299,
            scaled=True,
            imagenet=WeightsFile(
                url=_PUBLISHED + "inception_v3/"
                "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
                md5="bcbd6486424b2319ff4ef7d526e38f63",
            ),
        ),
        "inception_resnet_v2": KerasNetwork(
            build=keras.applications.InceptionResNetV2,
            input_size=299,
            scaled=True,
            imagenet=WeightsFile(
                url=_PUBLISHED + "inception_resnet_v2/"
                "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                md5="d19885ff4a710c122648d3b5c3b684e4",
            ),
        ),
        "xception": KerasNetwork(
            build=keras.applications.Xception,
            input_size=299,
            scaled=True,
            imagenet=WeightsFile(
                url=_PUBLISHED + "xception/"
                "xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
                md5="b0042744bf5b25fce3cb969f33bebb97",
            ),
        ),
        "resnet50_v2": KerasNetwork(
            build=keras.applications.ResNet50V2,
            input_size=224,
            scaled=True,
            imagenet=WeightsFile(
                url=_PUBLISHED + "resnet/"
                "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
                md5="fac2f116257151a9d068a22e544a4917",
            ),
        ),
        "efficientnet_v2_b0": KerasNetwork(
            build=keras.applications.EfficientNetV2B0,
            input_size=224,
            scaled=False,
            imagenet=WeightsFile(
                url=_PUBLISHED + "efficientnet_v2/efficientnetv2-b0_notop.h5",
                md5="893217f2bb855e2983157299931e43ff",
            ),
        ),
        "mobilenet_v3_large": KerasNetwork(
            build=keras.applications.MobileNetV3Large,
            input_size=224,
            scaled=False,
            imagenet=WeightsFile(
                url=_PUBLISHED + "mobilenet_v3/"
                "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
                md5="07fb09a5933dd0c8eaafa16978110389",
            ),
        ),
        "mobilenet_v3_small": KerasNetwork(
            build=keras.applications.MobileNetV3Small,
            input_size=224,
            scaled=False,
            imagenet=WeightsFile(
                url=_PUBLISHED + "mobilenet_v3/"
                "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
                md5="d3e8ec802a04aa4fc771ee12a9a9b836",
            ),
        ),
    }
)
