"""Every failure becomes a problem document with a stable code. No SQL, path or stack reaches a client."""

from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from catalog import errors
from mobile_contract.problems import KINDS, Code, FieldError, Problem
from service.fetching.pictures import FetchFailed, FetchRefused, FetchTooLarge
from service.jobs.photos import NotKept
from service.recognition.embedding.overload import Overloaded
from service.recognition.embedding.photo import MESSAGES, PhotoError
from service.refused import Refused

PROBLEM_JSON = "application/problem+json"
REQUEST_ID = "X-Request-Id"


class Diagnosis(NamedTuple):
    """What a failure is called on the wire."""

    code: Code
    detail: str
    fields: tuple[FieldError, ...] = ()


_DOMAIN: dict[type[Exception], Code] = {
    errors.CatalogNotFound: Code.CATALOG_NOT_FOUND,
    errors.ProductNotFound: Code.PRODUCT_NOT_FOUND,
    errors.ReferenceNotFound: Code.REFERENCE_NOT_FOUND,
    errors.LookupNotFound: Code.LOOKUP_NOT_FOUND,
    errors.ImportNotFound: Code.IMPORT_NOT_FOUND,
    errors.ImportPreviewNotFound: Code.IMPORT_PREVIEW_NOT_FOUND,
    errors.ImportPreviewNotReady: Code.IMPORT_PREVIEW_NOT_READY,
    errors.SelfTestNotFound: Code.SELF_TEST_NOT_FOUND,
    errors.ProductExists: Code.PRODUCT_EXISTS,
    errors.ReferencesTooMany: Code.REFERENCES_TOO_MANY,
    errors.CatalogExists: Code.CATALOG_EXISTS,
    errors.KeyNotFound: Code.KEY_NOT_FOUND,
    errors.DeviceNotFound: Code.DEVICE_NOT_FOUND,
    errors.KeysTooMany: Code.KEYS_TOO_MANY,
    errors.EnrolmentInvalid: Code.ENROLMENT_TOKEN_INVALID,
    errors.SpaceMismatch: Code.SPACE_MISMATCH,
    errors.ArchiveInvalid: Code.IMPORT_ARCHIVE_INVALID,
    errors.TableInvalid: Code.IMPORT_TABLE_INVALID,
    errors.ImportStateUnfit: Code.IMPORT_STATE_UNFIT,
    errors.UploadGone: Code.IMPORT_UPLOAD_GONE,
    errors.FormatUnsupported: Code.IMPORT_FORMAT_UNSUPPORTED,
    NotKept: Code.PHOTO_NOT_KEPT,
    FetchRefused: Code.PHOTO_URL_REFUSED,
    FetchFailed: Code.PHOTO_URL_FAILED,
    FetchTooLarge: Code.PHOTO_TOO_LARGE,
}

# What RFC 6750 asks of answers with 401, and with 403 where a scope is missing.
_INVALID = 'Bearer realm="photocode", error="invalid_token"'
_CHALLENGES = {
    Code.DEVICE_TOKEN_MISSING: 'Bearer realm="photocode"',
    Code.DEVICE_TOKEN_INVALID: _INVALID,
    Code.KEY_INVALID: _INVALID,
    Code.KEY_EXPIRED: _INVALID,
    Code.SCOPE_MISSING: 'Bearer realm="photocode", error="insufficient_scope"',
}

_AT_THE_GATE = (
    Code.DEVICE_TOKEN_MISSING,
    Code.DEVICE_TOKEN_INVALID,
    Code.KEY_INVALID,
    Code.KEY_EXPIRED,
    Code.TOO_MANY_ATTEMPTS,
    Code.SCOPE_MISSING,
    Code.ORIGIN_REFUSED,
    Code.HOST_REFUSED,
)

_GONE_DATABASE = (OperationalError, InterfaceError, ConnectionError)


def diagnose(error: Exception) -> Diagnosis:
    """Name a failure; what nobody foresaw is an internal error."""
    if isinstance(error, Refused):
        return Diagnosis(error.code, str(error), error.fields)
    if isinstance(error, PhotoError):
        return Diagnosis(Code(error.code), str(error), _of_several(error))
    if code := _DOMAIN.get(type(error)):
        return Diagnosis(code, str(error))
    # Connections of which all are in use for long are no sign of a database that is away.
    if isinstance(error, Overloaded | PoolTimeoutError):
        return Diagnosis(Code.OVERLOADED, "too much is asked at once; try again shortly")
    if isinstance(error, _GONE_DATABASE) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Diagnosis(Code.UNAVAILABLE, "the database does not answer; try again shortly")
    if isinstance(error, StoreError):
        return Diagnosis(Code.UNAVAILABLE, "the picture store does not answer; try again shortly")
    if isinstance(error, DataError):
        return Diagnosis(Code.VALIDATION_FAILED, "a value holds characters that cannot be stored")
    if isinstance(error, TimeoutError):
        return Diagnosis(Code.TIMED_OUT, "it took too long; try again shortly")
    if isinstance(error, HTTPException):
        return _diagnose_http(error)
    return Diagnosis(Code.INTERNAL_ERROR, "the failure was logged under the request id")


def _of_several(error: PhotoError) -> tuple[FieldError, ...]:
    """Which photo it is, where a lookup has several."""
    if error.place is None:
        return ()
    return (FieldError(field=f"photo[{error.place}]", message=MESSAGES[error.code]),)


def _diagnose_http(error: HTTPException) -> Diagnosis:
    if isinstance(error, NotFoundException):
        return Diagnosis(Code.NOT_FOUND, "no route has this address")
    if isinstance(error, MethodNotAllowedException):
        return Diagnosis(Code.METHOD_NOT_ALLOWED, "the route does not know this method")
    if isinstance(error, InternalServerException) and "disconnected" in error.detail:
        return Diagnosis(Code.CLIENT_CLOSED_REQUEST, "the connection was closed before the body had come")
    if isinstance(error, RequestEntityTooLarge):
        return Diagnosis(Code.BODY_TOO_LARGE, "the request body is larger than this route takes")
    if isinstance(error, ValidationException):
        return Diagnosis(Code.VALIDATION_FAILED, error.detail.split(" for ")[0].lower(), _fields(error.extra))
    if isinstance(error, ClientException) and error.status_code < 500:
        return Diagnosis(Code.VALIDATION_FAILED, error.detail)
    return Diagnosis(Code.INTERNAL_ERROR, "the failure was logged under the request id")


def _fields(extra: Any) -> tuple[FieldError, ...]:
    entries = extra if isinstance(extra, list) else []
    return tuple(
        FieldError(field=str(entry.get("key", "")), message=str(entry.get("message", "")))
        for entry in entries
        if isinstance(entry, dict)
    )


def problem_document(diagnosis: Diagnosis, request_id: str) -> Problem:
    """The wire form of a diagnosis."""
    kind = KINDS[diagnosis.code]
    return Problem(
        type=f"urn:photocode:problem:{diagnosis.code}",
        title=kind.title,
        status=kind.status,
        code=diagnosis.code,
        detail=diagnosis.detail,
        request_id=request_id,
        errors=list(diagnosis.fields),
    )


def request_id_of(request: Request[Any, Any, Any]) -> str:
    """The id that the middleware gave the request; a new one where it did not come that far."""
    return str(request.scope.get("state", {}).get("request_id") or uuid4())


def answer_failure(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    diagnosis = diagnose(error)
    kind = KINDS[diagnosis.code]
    log = structlog.get_logger("photocode.http")
    if diagnosis.code is Code.INTERNAL_ERROR:
        log.error("request failed", path=request.url.path, exc_info=error)
    elif kind.status >= 500:
        log.warning("request refused", path=request.url.path, code=diagnosis.code, reason=str(error).split("\n")[0])
    document = problem_document(diagnosis, request_id_of(request))
    answer = problem_response(msgspec.json.encode(document), diagnosis.code)
    if isinstance(error, Refused) and error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, MethodNotAllowedException) and error.headers:
        # Allow, as RFC 9110 asks
        answer.headers.update({name: ", ".join(sorted(value.split(", "))) for name, value in error.headers.items()})
    return answer


def problem_response(body: bytes, code: Code) -> Response[bytes]:
    """A problem document as an answer."""
    kind = KINDS[code]
    headers = {} if kind.retry_after is None else {"Retry-After": str(kind.retry_after)}
    if code in _CHALLENGES:
        headers["WWW-Authenticate"] = _CHALLENGES[code]
    return Response(content=body, status_code=kind.status, media_type=PROBLEM_JSON, headers=headers)


def documented(*codes: Code) -> dict[int, ResponseSpec]:
    """For a route's OpenAPI: the problems it may answer with, beside those of every route."""
    everywhere = (
        *_AT_THE_GATE,
        Code.VALIDATION_FAILED,
        Code.OVERLOADED,
        Code.SHUTTING_DOWN,
        Code.UNAVAILABLE,
        Code.INTERNAL_ERROR,
    )
    by_status: dict[int, list[Code]] = {}
    for code in dict.fromkeys((*codes, *everywhere)):
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        status: ResponseSpec(
            Problem,
            description="; ".join(f"`{code}`: {KINDS[code].title}" for code in listed),
            media_type=PROBLEM_JSON,
            generate_examples=False,
            examples=[Example(id=str(code)) for code in listed],
        )
        for status, listed in by_status.items()
    }
