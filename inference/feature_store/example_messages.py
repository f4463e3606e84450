"""The protocol buffers `Example` and `SequenceExample`, without TensorFlow.

They are what YouTube-8M publishes and TensorFlow reads; their fields are described
in tensorflow/core/example/example.proto and feature.proto. Importing TensorFlow for
them would take seconds, and rule out machines that have JAX alone.
"""

from typing import Any, Final

from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)

_PACKAGE: Final = "tensorflow"
_Field = descriptor_pb2.FieldDescriptorProto


def _field(name: str, number: int, kind: int, of: str = "", **options: Any) -> Any:
    field = _Field(name=name, number=number, type=kind, label=_Field.LABEL_OPTIONAL)
    if of:
        field.type_name = f".{_PACKAGE}.{of}"
    for option, value in options.items():
        setattr(field, option, value)
    return field


def _list_message(name: str, kind: int) -> Any:
    values = _field("value", 1, kind, label=_Field.LABEL_REPEATED)
    if kind != _Field.TYPE_BYTES:
        values.options.packed = True
    return descriptor_pb2.DescriptorProto(name=name, field=[values])


def _map_message(name: str, field_name: str, value: str) -> Any:
    # A map is a list of entries with `key` and `value`, marked as a map.
    entry_name = field_name.title().replace("_", "") + "Entry"
    entry = descriptor_pb2.DescriptorProto(
        name=entry_name,
        field=[
            _field("key", 1, _Field.TYPE_STRING),
            _field("value", 2, _Field.TYPE_MESSAGE, value),
        ],
        options=descriptor_pb2.MessageOptions(map_entry=True),
    )
    entries = _field(
        *(field_name, 1, _Field.TYPE_MESSAGE, f"{name}.{entry_name}"),
        label=_Field.LABEL_REPEATED,
    )
    return descriptor_pb2.DescriptorProto(
        name=name, field=[entries], nested_type=[entry]
    )


def _build_pool() -> Any:
    kinds = ("bytes_list", "BytesList"), ("float_list", "FloatList")
    feature = descriptor_pb2.DescriptorProto(
        name="Feature",
        field=[
            _field(name, number, _Field.TYPE_MESSAGE, of, oneof_index=0)
            for number, (name, of) in enumerate(
                (*kinds, ("int64_list", "Int64List")), 1
            )
        ],
        oneof_decl=[descriptor_pb2.OneofDescriptorProto(name="kind")],
    )
    holders = {
        "FeatureList": [
            _field(
                *("feature", 1, _Field.TYPE_MESSAGE, "Feature"),
                label=_Field.LABEL_REPEATED,
            )
        ],
        "Example": [_field("features", 1, _Field.TYPE_MESSAGE, "Features")],
        "SequenceExample": [
            _field("context", 1, _Field.TYPE_MESSAGE, "Features"),
            _field("feature_lists", 2, _Field.TYPE_MESSAGE, "FeatureLists"),
        ],
    }
    # A pool of its own: TensorFlow, where it is, registers the same names.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(
        descriptor_pb2.FileDescriptorProto(
            name="vidcat/example.proto",
            package=_PACKAGE,
            syntax="proto3",
            message_type=[
                _list_message("BytesList", _Field.TYPE_BYTES),
                _list_message("FloatList", _Field.TYPE_FLOAT),
                _list_message("Int64List", _Field.TYPE_INT64),
                feature,
                _map_message("Features", "feature", "Feature"),
                _map_message("FeatureLists", "feature_list", "FeatureList"),
                *(
                    descriptor_pb2.DescriptorProto(name=name, field=fields)
                    for name, fields in holders.items()
                ),
            ],
        )
    )
    return pool


def _message_class(name: str) -> Any:
    found = _POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}")
    return message_factory.GetMessageClass(found)


_POOL: Final = _build_pool()

Example: Final[Any] = _message_class("Example")
"""Features by name."""

SequenceExample: Final[Any] = _message_class("SequenceExample")
"""Features by name in `context`, and lists of features in `feature_lists`."""
