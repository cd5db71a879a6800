"""Limits a client can rely on. Bytes, characters, counts or seconds, as the name says."""

PHOTO_BYTES = 40 * 1024 * 1024
"""Of all photos of a lookup together."""
PHOTOS_MAX = 5
PICTURES_AT_ONCE = 8
"""Uploaded in one request, to be named by a table."""
REFERENCES_MAX = 50
"""Reference images of a product that is taught."""
ARCHIVE_BYTES = 1024 * 1024 * 1024
OPTIONS_BYTES = 64 * 1024
JSON_BYTES = 256 * 1024

CANDIDATES_DEFAULT = 5
CANDIDATES_MAX = 50
FILTER_VALUES_MAX = 50
SIMILAR_MAX = 100
"""Products like one that can be reached by paging, and whose values are counted."""
FACETS_MAX = 20
"""Metadata keys, or fields of an answer, whose values are counted at once."""
FACET_VALUES_DEFAULT = 20
FACET_VALUES_MAX = 100
METADATA_KEY_CHARACTERS = 500
METADATA_KEYS_MAX = 100
CURSOR_CHARACTERS = 2_000

PRODUCTS_PAGE_MAX = 200
"""Products of a page of a catalog's list."""
PRODUCTS_PAGE_DEFAULT = 50
UPSERT_PRODUCTS_MAX = 1_000
"""Products created or updated by one request."""
UPSERT_BYTES = 8 * 1024 * 1024
NOTICES_MAX = 20
"""Safety notices of a product."""
NOTICE_CHARACTERS = 1_000
SUCCESSION_HOPS_MAX = 10
"""Products that are passed on the way to what has replaced one."""

CATALOG_NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
PART_NUMBER_CHARACTERS = 200
NAME_CHARACTERS = 500
DESCRIPTION_CHARACTERS = 10_000
CATEGORY_CHARACTERS = 200
METADATA_VALUE_CHARACTERS = 2_000
CLIENT_ID_CHARACTERS = 200
TEXT_CHARACTERS = 200
LABELS_PATTERN = r"^(product|category|metadata:.+)$"
LABELS_CHARACTERS = 200
TAGS_MAX = 100
TAG_CHARACTERS = 100
PROMPTS_MAX = 8
REGION_SHARE_MIN = 0.01
IDEMPOTENCY_KEY_CHARACTERS = 200
IDEMPOTENCY_DAYS = 30
"""For which a key is remembered, and the answer that it had."""
URL_CHARACTERS = 2_000
DEVICE_NAME_CHARACTERS = 100
TOKEN_CHARACTERS = 200
WORKER_CHARACTERS = 100
CLIENT_NAME_CHARACTERS = 100
BOUND_CATALOGS_MAX = 100
"""Catalogs that a key or device may be bound to by name."""
KEY_DAYS_MAX = 3_650
OVERLAP_HOURS_MAX = 24 * 30
AUDIT_DEFAULT = 50
AUDIT_MAX = 500
"""Entries of the audit log in a page."""
LOCAL_SUBJECT = "local"
SUBJECT_PATTERN = r"^(local|(device|key):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
"""Of whom a rate or quota is: this machine, or a device or key by its id."""
ALLOWANCE_MAX = 1_000_000_000

LOOKUP_SECONDS = 30
FETCH_SECONDS = 10
FACETS_SECONDS = 10
ENROLMENT_SECONDS = 15 * 60
"""How long an enrolment token can be exchanged for a device token, once."""
REVOCATION_SECONDS = 5
"""After which a revoked device token or key is refused everywhere."""
IMPORT_ERRORS_SHOWN = 500
IMPORTS_DEFAULT = 20
IMPORTS_MAX = 100
"""Imports of a page."""
COLUMNS_CHARACTERS = 4_000
"""Of a JSON object in an address, which servers take up to 64 KB of."""
PREVIEW_EXAMPLES = 20
"""Of each kind of difference that a preview of an import shows."""
PREVIEW_SECONDS = 24 * 60 * 60
"""How long a preview, and the upload behind it, can be asked for and applied."""
SELF_TEST_SHOWN = 100
"""Of each kind of finding that a self-test shows."""
