# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the protobuf bodies that typed Go clients send (helm's release Secrets among them).

Field numbers are those of Kubernetes' `generated.proto` files. Only reading is needed: the
server always answers in JSON, which every client takes.
"""

from __future__ import annotations

import base64
import dataclasses
import typing as t

from tests.sandbox.kubernetes.errors import unsupported_media_type
from tests.sandbox.kubernetes.objects import Object

MAGIC = b"k8s\x00"

Wire = int | bytes
Decoder = t.Callable[[Wire], t.Any]


@dataclasses.dataclass(frozen=True)
class Field:
    """One field of a message: its JSON name, its decoder and whether it repeats."""

    name: str
    decode: Decoder
    repeated: bool = False
    is_map: bool = False


Message = dict[int, Field]


def _varint(data: bytes, start: int) -> tuple[int, int]:
    value = shift = 0
    for position in range(start, len(data)):
        value |= (data[position] & 0x7F) << shift
        if data[position] < 0x80:
            return value, position + 1
        shift += 7
    raise ValueError("a number has no end")


def _fields(data: bytes) -> t.Iterator[tuple[int, Wire]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        length = {1: 8, 5: 4}.get(wire_type)
        if length is None:
            length, position = _varint(data, position)
        yield number, data[position : position + length]
        position += length


def _bytes(value: Wire) -> bytes:
    return t.cast(bytes, value)


def _text(value: Wire) -> str:
    return _bytes(value).decode()


def _base64(value: Wire) -> str:
    return base64.b64encode(_bytes(value)).decode()


def _message(schema: Message) -> Decoder:
    def decode(value: Wire) -> Object:
        return _decode(_bytes(value), schema)

    return decode


def _decode(data: bytes, schema: Message) -> Object:
    result: Object = {}
    for number, value in _fields(data):
        field = schema.get(number)
        if field is None:
            continue
        if field.is_map:
            entry = dict(_fields(_bytes(value)))
            key = _text(entry.get(1, b""))
            result.setdefault(field.name, {})[key] = field.decode(entry.get(2, b""))
        elif field.repeated:
            result.setdefault(field.name, []).append(field.decode(value))
        elif (decoded := field.decode(value)) not in ("", None):
            result[field.name] = decoded
    return result


def _map(name: str, decode: Decoder) -> Field:
    return Field(name, decode, is_map=True)


def _many(name: str, decode: Decoder) -> Field:
    return Field(name, decode, repeated=True)


_OWNER: Message = {
    1: Field("kind", _text),
    3: Field("name", _text),
    4: Field("uid", _text),
    5: Field("apiVersion", _text),
    6: Field("controller", bool),
    7: Field("blockOwnerDeletion", bool),
}
_METADATA: Message = {
    1: Field("name", _text),
    2: Field("generateName", _text),
    3: Field("namespace", _text),
    5: Field("uid", _text),
    6: Field("resourceVersion", _text),
    7: Field("generation", int),
    11: _map("labels", _text),
    12: _map("annotations", _text),
    13: _many("ownerReferences", _message(_OWNER)),
    14: _many("finalizers", _text),
}
_META = Field("metadata", _message(_METADATA))
_ATTRIBUTES: Message = {
    number: Field(name, _text)
    for number, name in enumerate(
        ("namespace", "verb", "group", "version", "resource", "subresource", "name"), start=1
    )
}
_NON_RESOURCE: Message = {1: Field("path", _text), 2: Field("verb", _text)}
_REVIEW: Message = {
    1: Field("resourceAttributes", _message(_ATTRIBUTES)),
    2: Field("nonResourceAttributes", _message(_NON_RESOURCE)),
}
_PRECONDITIONS: Message = {1: Field("uid", _text), 2: Field("resourceVersion", _text)}
_TOKEN_REQUEST: Message = {
    1: _many("audiences", _text),
    4: Field("expirationSeconds", int),
}

_MESSAGES: dict[str, Message] = {
    "Secret": {
        1: _META,
        2: _map("data", _base64),
        3: Field("type", _text),
        4: _map("stringData", _text),
        5: Field("immutable", bool),
    },
    "ConfigMap": {
        1: _META,
        2: _map("data", _text),
        3: _map("binaryData", _base64),
        4: Field("immutable", bool),
    },
    "Namespace": {1: _META},
    "ServiceAccount": {1: _META},
    "TokenRequest": {1: _META, 2: Field("spec", _message(_TOKEN_REQUEST))},
    "SelfSubjectReview": {1: _META},
    "SelfSubjectAccessReview": {1: _META, 2: Field("spec", _message(_REVIEW))},
    "DeleteOptions": {
        1: Field("gracePeriodSeconds", int),
        2: Field("preconditions", _message(_PRECONDITIONS)),
        4: Field("propagationPolicy", _text),
        5: _many("dryRun", _text),
    },
}
_TYPE_META: Message = {1: Field("apiVersion", _text), 2: Field("kind", _text)}
_ENVELOPE: Message = {1: Field("type", _message(_TYPE_META)), 2: Field("raw", _bytes)}


def decode(body: bytes) -> Object:
    """Return the object in a `application/vnd.kubernetes.protobuf` body.

    Raises 415 for a kind that Helm does not send so.
    """
    envelope = _decode(body[len(MAGIC) :], _ENVELOPE)
    type_meta: Object = envelope.get("type", {})
    kind = type_meta.get("kind", "")
    if kind not in _MESSAGES:
        raise unsupported_media_type(f"protobuf of kind {kind!r} is not supported, send JSON")
    return {**type_meta, **_decode(envelope.get("raw", b""), _MESSAGES[kind])}
