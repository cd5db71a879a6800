"""Limits a client can rely on. Bytes, characters, counts or seconds, as the name says."""

PHOTO_BYTES = 40 * 1024 * 1024
"""Of all photos of a lookup together."""
PHOTOS_MAX = 5
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
URL_CHARACTERS = 2_000
DEVICE_NAME_CHARACTERS = 100
TOKEN_CHARACTERS = 200

LOOKUP_SECONDS = 30
FETCH_SECONDS = 10
FACETS_SECONDS = 10
ENROLMENT_SECONDS = 15 * 60
"""How long an enrolment token can be exchanged for a device token, once."""
REVOCATION_SECONDS = 5
"""After which a revoked device token is refused everywhere."""
IMPORT_ERRORS_SHOWN = 500
IMPORTS_DEFAULT = 20
IMPORTS_MAX = 100
"""Imports of a page."""
