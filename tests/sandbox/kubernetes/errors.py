# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API server's errors, in the words that clients and people know from a real one."""

from __future__ import annotations

from tests.sandbox.kubernetes.objects import Object
from tests.sandbox.kubernetes.resources import Resource


class ApiError(Exception):
    """An answer that is a `Status` of failure."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Object | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details or {})
        self.retry_after = retry_after
        if retry_after is not None:
            self.details["retryAfterSeconds"] = retry_after

    def status(self) -> Object:
        """Return the `Status` object of the answer."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details:
            status["details"] = self.details
        return status


def _details(resource: Resource, name: str) -> Object:
    details = {"name": name, "kind": resource.plural}
    return {**details, "group": resource.group} if resource.group else details


def bad_request(message: str) -> ApiError:
    """400: the request itself cannot be understood."""
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    """401: no or an unknown bearer token."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(message: str, details: Object | None = None) -> ApiError:
    """403: known, but not allowed."""
    return ApiError(403, "Forbidden", message, details)


def no_such_path() -> ApiError:
    """404: there is no such endpoint."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def not_found(resource: Resource, name: str) -> ApiError:
    """404: there is no such object."""
    message = f'{resource.qualified} "{name}" not found'
    return ApiError(404, "NotFound", message, _details(resource, name))


def method_not_allowed() -> ApiError:
    """405: the endpoint exists and does not do this."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message)


def already_exists(resource: Resource, name: str) -> ApiError:
    """409: a create of what is there."""
    message = f'{resource.qualified} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, _details(resource, name))


def conflict(resource: Resource, name: str) -> ApiError:
    """409: somebody else was faster."""
    why = "the object has been modified; please apply your changes to the latest version"
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def unsupported_media_type(what: str) -> ApiError:
    """415: a body that this server cannot read."""
    return ApiError(415, "UnsupportedMediaType", what)


def invalid(resource: Resource, name: str, *causes: str) -> ApiError:
    """422: the object breaks rules; `causes` are `field: why` sentences."""
    text = causes[0] if len(causes) == 1 else f"[{', '.join(causes)}]"
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {**_details(resource, name), "kind": resource.kind}
    details["causes"] = [
        {"reason": "FieldValueInvalid", "message": why, "field": field}
        for field, _sep, why in (cause.partition(": ") for cause in causes)
    ]
    return ApiError(422, "Invalid", f'{kind} "{name}" is invalid: {text}', details)


def rejected_patch(detail: str) -> ApiError:
    """422: a JSON patch that cannot be applied, a failing `test` among them."""
    message = "the server rejected our request due to an error in our request"
    return ApiError(422, "Invalid", message, {"causes": [{"message": detail}]})


def too_many_requests(retry_after: int) -> ApiError:
    """429: come back in so many seconds."""
    message = "Too many requests, please try again later."
    return ApiError(429, "TooManyRequests", message, retry_after=retry_after)


def internal_error(message: str) -> ApiError:
    """500, as a real server words what went wrong inside."""
    causes = {"causes": [{"message": message}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", causes)
