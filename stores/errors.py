"""The one exception a store raises, and its codes.

Errors are judged by code, never by message; the message says what to do.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """The error codes of the specification; `http_status` is the status a server answers with."""

    INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"
    RESOURCE_ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
    RESOURCE_DOES_NOT_EXIST = "RESOURCE_DOES_NOT_EXIST"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    TEMPORARILY_UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"

    @property
    def http_status(self) -> int:
        """The HTTP status that carries this code."""
        return _HTTP_STATUS[self]


_HTTP_STATUS = {
    ErrorCode.INVALID_PARAMETER_VALUE: 400,
    ErrorCode.RESOURCE_ALREADY_EXISTS: 400,
    ErrorCode.RESOURCE_DOES_NOT_EXIST: 404,
    ErrorCode.PERMISSION_DENIED: 403,
    ErrorCode.NOT_IMPLEMENTED: 501,
    ErrorCode.TEMPORARILY_UNAVAILABLE: 503,
    ErrorCode.INTERNAL_ERROR: 500,
}


class StoreError(Exception):
    """A store refused or failed an operation; `code` tells which, `message` tells a person why."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def invalid(message: str) -> StoreError:
    """An INVALID_PARAMETER_VALUE error."""
    return StoreError(ErrorCode.INVALID_PARAMETER_VALUE, message)


def missing(message: str) -> StoreError:
    """A RESOURCE_DOES_NOT_EXIST error."""
    return StoreError(ErrorCode.RESOURCE_DOES_NOT_EXIST, message)


def exists(message: str) -> StoreError:
    """A RESOURCE_ALREADY_EXISTS error."""
    return StoreError(ErrorCode.RESOURCE_ALREADY_EXISTS, message)


def unavailable(message: str) -> StoreError:
    """A TEMPORARILY_UNAVAILABLE error: the same call may succeed later."""
    return StoreError(ErrorCode.TEMPORARILY_UNAVAILABLE, message)


def denied(message: str) -> StoreError:
    """A PERMISSION_DENIED error."""
    return StoreError(ErrorCode.PERMISSION_DENIED, message)
