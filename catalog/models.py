"""Tables. Alembic's migrations make them; this is what the code reads and writes.

Longer than other modules, because all tables stand here: their foreign keys name each other.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of the mapped classes."""

    type_annotation_map: ClassVar = {
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        float: Double,
    }


Base.metadata.naming_convention = NAMING


class CatalogRow(Base):
    """A catalog. ``tags`` are objects with ``tag`` and ``prompts``; ``wrong_matches`` is the share of wrong ones among
    matches that is wanted; ``calibrating_until``: until then some process holds the right to calibrate it.
    """

    __tablename__ = "catalog"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tags: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    wrong_matches: Mapped[float] = mapped_column(server_default=text("0.01"))
    calibrating_until: Mapped[datetime | None]


class CalibrationRow(Base):
    """What a catalog's verdicts were corrected by from a moment on; the highest version counts.

    ``maker``: the shared model and what it looked through, whose log-odds it corrects. ``rehearsed`` are objects with
    ``logit``, ``right`` and ``absent``; ``confirmed`` is how many lookups' confirmations went in beside them, of those
    up to the confirmation of sequence ``last_confirmation``; ``reference_images`` how many the catalog had.
    """

    __tablename__ = "calibration"
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    maker: Mapped[str]
    slope: Mapped[float]
    intercept: Mapped[float]
    match_probability: Mapped[float]
    no_match_probability: Mapped[float]
    wrong_matches: Mapped[float]
    rehearsed: Mapped[list[Any]]
    reference_images: Mapped[int]
    confirmed: Mapped[int]
    last_confirmation: Mapped[int] = mapped_column(BigInteger)


class ProductRow(Base):
    """A product. ``attributes`` is what the wire calls metadata: text by key (SQLAlchemy keeps the other word)."""

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("catalog_id", "part_number"),
        Index(None, "catalog_id", "category"),
        Index("ix_product_metadata", "metadata", postgresql_using="gin", postgresql_ops={"metadata": "jsonb_path_ops"}),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    part_number: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column("metadata")
    superseded_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProductWordsRow(Base):
    """A product's folded words, written by the trigger of ``product``. Weights: A part number, B name, C category."""

    __tablename__ = "product_words"
    __table_args__ = (Index(None, "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(TSVECTOR)


class ReferenceRole(StrEnum):
    """Where a reference image comes from: the catalog's own pictures, a photo by which somebody taught the product, or
    a worker's confirmed photo. An import replaces those of the catalog only.
    """

    CATALOG = "catalog"
    TAUGHT = "taught"
    CONFIRMED = "confirmed"


class SurfaceState(StrEnum):
    """Whether a reference's local features are in the index: waiting for it, there, or not to be had."""

    PENDING = "pending"
    ENRICHED = "enriched"
    FAILED = "failed"


class TextState(StrEnum):
    """Whether the text on a reference is known: waiting to be read, read (there may be none), or not to be had."""

    PENDING = "pending"
    READ = "read"
    FAILED = "failed"


class ReferenceRow(Base):
    """A reference image. ``content_hash`` is the sha256 of the bytes as they came, ``object_key`` where they lie.

    ``surface_vocabulary`` is the one that it was enriched with or failed under, ``text_reader`` likewise; ``text_read``
    is what was read, a line each; ``import_job_id`` the import that brought it.
    """

    __tablename__ = "reference_image"
    __table_args__ = (
        UniqueConstraint("product_id", "content_hash"),
        Index(
            "ix_reference_image_surface_pending",
            "created_at",
            "id",
            postgresql_where=text("surface_state = 'pending'"),
        ),
        Index("ix_reference_image_text_pending", "created_at", "id", postgresql_where=text("text_state = 'pending'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"))
    content_hash: Mapped[str]
    role: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    object_key: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    surface_state: Mapped[str] = mapped_column(
        default=SurfaceState.PENDING.value, server_default=SurfaceState.PENDING.value
    )
    surface_vocabulary: Mapped[str | None]
    text_state: Mapped[str] = mapped_column(default=TextState.PENDING.value, server_default=TextState.PENDING.value)
    text_reader: Mapped[str | None]
    text_read: Mapped[str | None]
    import_job_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_job.id", ondelete="SET NULL"), index=True)


class SurfaceSignatureRow(Base):
    """A reference's signatures by visual word, packed, and where its local features lie in the picture store."""

    __tablename__ = "surface_signature"
    __table_args__ = (Index(None, "catalog_id", "reference_id"),)
    reference_id: Mapped[UUID] = mapped_column(ForeignKey("reference_image.id", ondelete="CASCADE"), primary_key=True)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    vocabulary: Mapped[str]
    features_key: Mapped[str]
    signatures: Mapped[bytes] = mapped_column(LargeBinary)


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's ``xid8``: a transaction's number, never used twice. psycopg gives it as text."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name of the type in DDL."""
        return "xid8"


class SurfaceChangeRow(Base):
    """A change of ``surface_signature``, written by its trigger. ``xact`` is the transaction that changed it."""

    __tablename__ = "surface_change"
    __table_args__ = (Index(None, "catalog_id", "xact"),)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    catalog_id: Mapped[UUID]
    reference_id: Mapped[UUID]
    xact: Mapped[str] = mapped_column(TransactionId, server_default=func.pg_current_xact_id())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class SpaceRow(Base):
    """An embedding space: distances mean something only within one."""

    __tablename__ = "embedding_space"
    __table_args__ = (
        UniqueConstraint("bundle_identity", "preprocessing_revision", "dimension", name="uq_embedding_space_key"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    bundle_identity: Mapped[str]
    bundle_name: Mapped[str]
    preprocessing_revision: Mapped[int]
    dimension: Mapped[int]


class GalleryState(StrEnum):
    """A gallery is filled, serves lookups, or waits to be dropped."""

    BUILDING = "building"
    LIVE = "live"
    RETIRED = "retired"


class GalleryRow(Base):
    """One catalog in one space; its vectors are one partition of ``reference_embedding``."""

    __tablename__ = "gallery"
    __table_args__ = (Index("uq_gallery_live", "catalog_id", unique=True, postgresql_where=text("state = 'live'")),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    space_id: Mapped[int] = mapped_column(ForeignKey("embedding_space.id"))
    state: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LookupRow(Base):
    """An answered photo, or several of one object. ``answer`` is as it was given, so that it can be explained later.

    ``further_candidates`` are those that were ranked after the answer's, as far as they are kept.
    ``photo_key`` is where the photo lies in the picture store, if it was kept; ``further_photos`` are objects with
    ``sha256``, ``key`` and ``media_type`` of those after the first. A text that was asked alone has none of all these.
    ``device_id``: who asked, None where it was this machine.
    ``certainty``: log-odds of the first candidate as the shared model said them, by its looks alone, and
    ``certainty_maker`` which model that was. None where something else decided.
    """

    __tablename__ = "lookup"
    __table_args__ = (Index(None, "catalog_id", "created_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"))
    client_lookup_id: Mapped[str | None]
    photo_sha256: Mapped[str | None]
    # JSON and not JSONB: what is given again must be what was given, down to the order of keys.
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    photo_key: Mapped[str | None]
    photo_media_type: Mapped[str | None]
    further_photos: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    # JSON as the answer is. Large, and read for its own pages only.
    further_candidates: Mapped[list[Any]] = mapped_column(JSON, server_default=text("'[]'"), deferred=True)
    certainty: Mapped[float | None]
    certainty_maker: Mapped[str | None]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))


class ConfirmationRow(Base):
    """A worker's word on a lookup, and the device that it came from, unless it was this machine. Kept in full; the
    newest counts.
    """

    __tablename__ = "confirmation"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), index=True)
    lookup_id: Mapped[UUID] = mapped_column(ForeignKey("lookup.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str]
    part_number: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))


class IdempotencyRow(Base):
    """A client's key, what it was used for, and the answer once there is a final one."""

    __tablename__ = "idempotency"
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    claim: Mapped[UUID]
    lease_until: Mapped[datetime]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DeviceRow(Base):
    """A phone or program that may ask from outside. ``token_hash``: SHA-256 of its token, which is kept nowhere.
    ``last_seen_at`` is right to a minute.
    """

    __tablename__ = "device"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class EnrolmentRow(Base):
    """A token that is exchanged for a device's, once, until it expires. Its SHA-256, as of devices."""

    __tablename__ = "enrolment"
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class JobState(StrEnum):
    """How far an import is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ImportJobRow(Base):
    """An import. The truth about its rows is in ``import_item``."""

    __tablename__ = "import_job"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    catalog_id: Mapped[UUID] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default=JobState.QUEUED.value)
    archive_key: Mapped[str]
    failure: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class ItemState(StrEnum):
    """What became of a row."""

    PENDING = "pending"
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class ImportItemRow(Base):
    """A row of an import's table: ``line`` in the file, its fields, and what became of it."""

    __tablename__ = "import_item"
    __table_args__ = (Index("ix_import_item_pending", "job_id", "line", postgresql_where=text("state = 'pending'")),)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    state: Mapped[str]
    errors: Mapped[list[Any]]
