"""From what a driver raises to what a store raises: nothing but StoreError leaves the store (CONC-ERRORS)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc
from sqlalchemy.engine import URL

from storeproof.stores.errors import ErrorCode, StoreError, denied, invalid, unavailable
from storeproof.stores.sql.dialects.base import Dialect, Failure, capital

_LONGEST = 300


def classify(error: BaseException, dialect: Dialect) -> Failure:
    """What an exception means, be it the driver's, SQLAlchemy's or Python's own."""
    if isinstance(error, exc.TimeoutError):
        return Failure.UNAVAILABLE  # the pool had no connection to give
    if isinstance(error, exc.DBAPIError):
        if error.orig is None:
            return Failure.DEFECT
        failure = dialect.failure(error.orig)
        if error.connection_invalidated and failure is Failure.DEFECT:
            return Failure.UNAVAILABLE
        if failure is Failure.DEFECT and isinstance(error, exc.DataError):
            return Failure.UNFIT
        return failure
    if isinstance(error, exc.StatementError) and error.orig is not None:
        return classify(error.orig, dialect)
    if isinstance(error, OverflowError | UnicodeError):
        return Failure.UNFIT
    return dialect.failure(error)


def translate(error: BaseException, dialect: Dialect, url: URL) -> StoreError:
    """The StoreError for an exception."""
    return refusal(error, classify(error, dialect), dialect, url)


def refusal(error: BaseException, failure: Failure, dialect: Dialect, url: URL) -> StoreError:
    """The StoreError for a failure, with the database named and its password not."""
    place = dialect.place(url)
    reason = _reason(error, url)
    match failure:
        case Failure.TAKEN:
            # Writers of one run take turns, so only a collation can bring two keys together.
            return indistinct()
        case Failure.CONTENDED:
            return unavailable(f"{capital(place)} is busy; try again: {reason}.")
        case Failure.UNAVAILABLE:
            return unavailable(f"{capital(place)} does not answer; try again: {reason}.")
        case Failure.DENIED:
            return denied(f"{capital(place)} does not allow this; check the permissions: {reason}.")
        case Failure.LOGIN:
            return denied(
                f"{capital(place)} refuses the login; check the user and the password: {reason}."
            )
        case Failure.UNFIT:
            return invalid(f"{capital(place)} cannot hold a value given: {reason}.")
        case Failure.ADDRESS:
            return invalid(f"{capital(place)} cannot be used; check the address: {reason}.")
        case Failure.DEFECT:
            return StoreError(
                ErrorCode.INTERNAL_ERROR,
                f"{capital(place)} failed in a way the store does not know: {reason}.",
            )


def indistinct() -> StoreError:
    """The error for a key that the database's collation takes for another one (TEXT-DISTINCT)."""
    return invalid(
        "The database takes two different keys for the same, because its collation ignores "
        "case, accents or trailing spaces; choose a key that differs in more."
    )


@contextmanager
def if_taken(dialect: Dialect, refusal: StoreError) -> Iterator[None]:
    """Raise `refusal` where a unique key is there already."""
    try:
        yield
    except exc.DBAPIError as error:
        if classify(error, dialect) is Failure.TAKEN:
            raise refusal from error
        raise


@contextmanager
def nothing_if_unfit(dialect: Dialect) -> Iterator[None]:
    """Let a search end without a row where the text sought is one that the columns cannot hold."""
    try:
        yield
    except Exception as error:
        if classify(error, dialect) is not Failure.UNFIT:
            raise


def _reason(error: BaseException, url: URL) -> str:
    """The driver's own words on one line, without the statement that PostgreSQL adds."""
    cause = error.orig if isinstance(error, exc.StatementError) and error.orig else error
    words = " ".join(str(part) for part in cause.args) or type(cause).__name__
    line = re.sub(r"\s+", " ", words.partition("\nLINE ")[0]).strip().rstrip(".")
    for secret in _secrets(url):
        line = line.replace(secret, "***")
    return line[:_LONGEST]


def _secrets(url: URL) -> list[str]:
    """What of an address must not be shown."""
    queried = (
        value
        for name, value in url.query.items()
        if "pass" in name.lower() or name.lower() in ("pwd", "odbc_connect")
    )
    return [str(secret) for secret in (url.password, *queried) if secret]
