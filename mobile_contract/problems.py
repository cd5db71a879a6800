"""Problem documents (RFC 9457) and their stable codes.

A client decides by ``code``, never by ``title`` or ``detail``. Codes are only ever added.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec


class Code(StrEnum):
    """What went wrong."""

    VALIDATION_FAILED = "validation_failed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    BODY_TOO_LARGE = "body_too_large"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    DEVICE_TOKEN_MISSING = "device_token_missing"
    DEVICE_TOKEN_INVALID = "device_token_invalid"
    KEY_INVALID = "key_invalid"
    KEY_EXPIRED = "key_expired"
    SCOPE_MISSING = "scope_missing"
    KEY_NOT_FOUND = "key_not_found"
    KEYS_TOO_MANY = "keys_too_many"
    DEVICE_NOT_FOUND = "device_not_found"
    ENROLMENT_TOKEN_INVALID = "enrolment_token_invalid"
    ORIGIN_REFUSED = "origin_refused"
    HOST_REFUSED = "host_refused"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    CATALOG_NOT_FOUND = "catalog_not_found"
    CATALOG_EXISTS = "catalog_exists"
    PRODUCT_NOT_FOUND = "product_not_found"
    PRODUCT_EXISTS = "product_exists"
    PRECONDITION_FAILED = "precondition_failed"
    REFERENCE_NOT_FOUND = "reference_not_found"
    REFERENCES_TOO_MANY = "references_too_many"
    LOOKUP_NOT_FOUND = "lookup_not_found"
    IMPORT_NOT_FOUND = "import_not_found"
    IMPORT_ARCHIVE_INVALID = "import_archive_invalid"
    IMPORT_TABLE_INVALID = "import_table_invalid"
    IMPORT_STATE_UNFIT = "import_state_unfit"
    IMPORT_UPLOAD_GONE = "import_upload_gone"
    IMPORT_FORMAT_UNSUPPORTED = "import_format_unsupported"
    IMPORT_PREVIEW_NOT_FOUND = "import_preview_not_found"
    IMPORT_PREVIEW_NOT_READY = "import_preview_not_ready"
    SELF_TEST_NOT_FOUND = "self_test_not_found"
    SELF_TEST_OFF = "self_test_off"
    SPACE_MISMATCH = "space_mismatch"
    PHOTO_MISSING = "photo_missing"
    PHOTO_EMPTY = "photo_empty"
    PHOTO_FORMAT_UNSUPPORTED = "photo_format_unsupported"
    PHOTO_UNREADABLE = "photo_unreadable"
    PHOTO_TOO_LARGE = "photo_too_large"
    PHOTO_TOO_SLOW = "photo_too_slow"
    PHOTO_NOT_KEPT = "photo_not_kept"
    PHOTO_URL_REFUSED = "photo_url_refused"
    PHOTO_URL_FAILED = "photo_url_failed"
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid"
    IDEMPOTENCY_KEY_IN_FLIGHT = "idempotency_key_in_flight"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    CLIENT_CLOSED_REQUEST = "client_closed_request"
    OVERLOADED = "overloaded"
    SHUTTING_DOWN = "shutting_down"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    INTERNAL_ERROR = "internal_error"


class Kind(NamedTuple):
    """What a code means on the wire."""

    status: int
    title: str
    retry_after: int | None = None


KINDS: dict[Code, Kind] = {
    Code.VALIDATION_FAILED: Kind(400, "The request is not of the documented form"),
    Code.UNSUPPORTED_MEDIA_TYPE: Kind(415, "The content type is not supported here"),
    Code.BODY_TOO_LARGE: Kind(413, "The request body is too large"),
    Code.NOT_FOUND: Kind(404, "There is nothing at this address"),
    Code.METHOD_NOT_ALLOWED: Kind(405, "The method is not supported here"),
    Code.DEVICE_TOKEN_MISSING: Kind(401, "A device token or a key is needed"),
    Code.DEVICE_TOKEN_INVALID: Kind(401, "The device token is unknown, revoked or mistyped"),
    Code.KEY_INVALID: Kind(401, "The key is unknown, revoked or mistyped"),
    Code.KEY_EXPIRED: Kind(401, "The key has expired"),
    Code.SCOPE_MISSING: Kind(403, "The client may not do this"),
    Code.KEY_NOT_FOUND: Kind(404, "There is no such key"),
    Code.KEYS_TOO_MANY: Kind(409, "The client has two live keys already"),
    Code.DEVICE_NOT_FOUND: Kind(404, "There is no such device"),
    Code.ENROLMENT_TOKEN_INVALID: Kind(403, "The enrolment token is unknown, used or expired"),
    Code.ORIGIN_REFUSED: Kind(403, "Pages of another site may change nothing here"),
    Code.HOST_REFUSED: Kind(421, "The service is not known by this name"),
    Code.TOO_MANY_ATTEMPTS: Kind(429, "Too many bad keys, tokens or enrolment codes from one address", 60),
    Code.RATE_LIMITED: Kind(429, "The client has asked as much as it may in a minute", 60),
    Code.QUOTA_EXCEEDED: Kind(429, "The client has asked as much as it may on one day", 3600),
    Code.CATALOG_NOT_FOUND: Kind(404, "There is no such catalog"),
    Code.CATALOG_EXISTS: Kind(409, "A catalog of this name exists"),
    Code.PRODUCT_NOT_FOUND: Kind(404, "The catalog has no such product"),
    Code.PRODUCT_EXISTS: Kind(409, "The catalog has a product of this part number"),
    Code.REFERENCES_TOO_MANY: Kind(409, "The product has as many reference images as one may have"),
    Code.PRECONDITION_FAILED: Kind(412, "It is no longer as the request says"),
    Code.REFERENCE_NOT_FOUND: Kind(404, "There is no such reference image"),
    Code.LOOKUP_NOT_FOUND: Kind(404, "There is no such lookup"),
    Code.IMPORT_NOT_FOUND: Kind(404, "There is no such import"),
    Code.IMPORT_ARCHIVE_INVALID: Kind(422, "The upload is not a readable ZIP archive"),
    Code.IMPORT_TABLE_INVALID: Kind(422, "The product table cannot be read"),
    Code.IMPORT_FORMAT_UNSUPPORTED: Kind(415, "The upload is neither a table nor a ZIP"),
    Code.IMPORT_STATE_UNFIT: Kind(409, "The import is in a state that does not allow this"),
    Code.IMPORT_UPLOAD_GONE: Kind(410, "The import's upload is no longer kept"),
    Code.IMPORT_PREVIEW_NOT_FOUND: Kind(404, "The catalog has no such preview of an import"),
    Code.IMPORT_PREVIEW_NOT_READY: Kind(409, "The preview of an import is not completed"),
    Code.SELF_TEST_NOT_FOUND: Kind(404, "The catalog has not been tested"),
    Code.SELF_TEST_OFF: Kind(409, "Catalogs are not tested by this service"),
    Code.SPACE_MISMATCH: Kind(409, "The catalog was embedded with another model than the one running"),
    Code.PHOTO_MISSING: Kind(400, "The request carries no photo"),
    Code.PHOTO_EMPTY: Kind(422, "The photo has no bytes"),
    Code.PHOTO_FORMAT_UNSUPPORTED: Kind(415, "The photo's format is not supported"),
    Code.PHOTO_UNREADABLE: Kind(422, "The photo is broken"),
    Code.PHOTO_TOO_LARGE: Kind(413, "The photo is too large"),
    Code.PHOTO_TOO_SLOW: Kind(422, "The photo takes too long to decode", 5),  # on a busy machine only, perhaps
    Code.PHOTO_NOT_KEPT: Kind(410, "The earlier lookup's photo is not kept"),
    Code.PHOTO_URL_REFUSED: Kind(422, "The photo's address is none that is fetched from"),
    Code.PHOTO_URL_FAILED: Kind(502, "The photo could not be fetched from its address", 5),
    Code.IDEMPOTENCY_KEY_INVALID: Kind(400, "The Idempotency-Key is not usable"),
    Code.IDEMPOTENCY_KEY_IN_FLIGHT: Kind(409, "A request with this Idempotency-Key is being answered", 1),
    Code.IDEMPOTENCY_KEY_REUSED: Kind(422, "This Idempotency-Key was used for another request"),
    Code.CLIENT_CLOSED_REQUEST: Kind(499, "The client closed the connection"),
    Code.OVERLOADED: Kind(503, "Too many lookups at once", 1),
    Code.SHUTTING_DOWN: Kind(503, "The service is being stopped", 2),
    Code.TIMED_OUT: Kind(503, "The request took too long", 1),
    Code.UNAVAILABLE: Kind(503, "The service cannot reach its database or its pictures", 2),
    Code.INTERNAL_ERROR: Kind(500, "The service failed"),
}

_RETRYABLE_4XX = {408, 425, 429, 499}


class FieldError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing wrong with one field of a request."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of every answer that is not a success, as ``application/problem+json``."""

    type: str
    title: str
    status: int
    code: Code
    detail: str
    request_id: str
    errors: list[FieldError] = []


def is_final(status: int) -> bool:
    """Whether sending the very same request again cannot help.

    Those answers are kept for an Idempotency-Key; the rest (408, 425, 429, 5xx, an in-flight 409) stay retryable.
    """
    return status < 500 and status not in _RETRYABLE_4XX
