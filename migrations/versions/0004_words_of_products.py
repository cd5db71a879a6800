"""Words of products, for full-text search: folded, kept beside the products by a trigger, behind a GIN index."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 5_000


def upgrade() -> None:
    if op.get_bind().scalar(sa.text("SHOW server_encoding")) != "UTF8":
        raise RuntimeError("PostgreSQL folds accents in databases of encoding UTF8 only; this one has another")
    _functions()
    _table()
    _trigger()
    # Committed up to here, so that products can be written meanwhile; all of it can be run again.
    with op.get_context().autocommit_block():
        _fill()


# Letters that Unicode does not decompose. Written out, and not left to lower(): that asks the database's locale, which
# may know ASCII only, and which may change under an index with the system's libraries.
_LETTERS = {
    **dict(zip("ŒÆÞẞ", "œæþß", strict=True)),
    **dict(zip("ØøŁłĐđÐðĦħŊŋŦŧı", "oollddddhhnntti", strict=True)),
    **{chr(greek): chr(greek + 0x20) for greek in range(0x391, 0x3AA)},
    **{chr(cyrillic): chr(cyrillic + 0x20) for cyrillic in range(0x410, 0x430)},
    **{chr(cyrillic): chr(cyrillic + 0x50) for cyrillic in range(0x400, 0x410)},
    "ς": "σ",
    "×": "x",
}
_FROM, _TO = "".join(_LETTERS), "".join(_LETTERS.values())

# Combining marks, and what is not seen: the soft hyphen, joiners, variation selectors.
_DROPPED = r"[\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]"
_BLANKS = r"[\u0001-\u0020\u007f-\u00a0\u1680\u2028\u2029]+"
_PUNCTUATION = (
    r"[\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e\u00a1-\u00bf\u00f7\u2010-\u2027\u2030-\u205e\u20a0-\u20cf"
    r"\u2100-\u214f\u2190-\u2bff\u2e00-\u2e7f\u3001-\u3020\u3030\u30fb\ufffc\ufffd\U0001f000-\U0001faff"
    r"\U000e0000-\U000e007f]+"
)


def _functions() -> None:
    run = op.get_bind().exec_driver_sql
    # Bodies are bound to what they name when they are made: no search_path can lead them elsewhere.
    run(
        rf"""
        CREATE OR REPLACE FUNCTION folded(value text) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN btrim(regexp_replace(regexp_replace(regexp_replace(lower(
            CASE WHEN octet_length(value) = char_length(value) THEN value ELSE
                replace(replace(replace(replace(translate(
                    regexp_replace(normalize(translate(value, '™℠', '  '), NFKD), '{_DROPPED}', '', 'g'),
                    '{_FROM}', '{_TO}'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
            END COLLATE "C"),
            '{_BLANKS}', ' ', 'g'),
            '{_PUNCTUATION}', '-', 'g'),
            '([0-9])[ -]*x[ -]*(?=[0-9])', '\1x', 'g'), ' -')
        """
    )
    # Words as they are written between blanks and dashes; the runs of digits and of other characters that they are made
    # of, and two such runs together: m8x80 gives m, 8, x, 80, m8, 8x, x80. Texts are cut, because nothing that can be
    # imported may break PostgreSQL's limits of a lexeme (2 KB) and of a tsvector (1 MB).
    run(
        r"""
        CREATE OR REPLACE FUNCTION words_of(folded text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        DECLARE
            words text[] := string_to_array(left(folded, 500), '-');
            runs text[] := string_to_array(
                regexp_replace(left(folded, 500), '([0-9])(?=[^0-9-])|([^0-9-])(?=[0-9])', '\1\2-', 'g'), '-'
            );
        BEGIN
            FOR i IN 1..coalesce(cardinality(runs), 0) LOOP
                words := words || runs[i] || (runs[i] || coalesce(runs[i + 1], ''));
            END LOOP;
            RETURN words;
        END
        $$
        """
    )
    # A catalog's words begin with its id, so that a search reads no other catalog's postings. The whole part number
    # begins with a character that no word has: among words, one of its own for each product would slow all beginnings.
    run(
        r"""
        CREATE OR REPLACE FUNCTION product_words(catalog uuid, part_number text, name text, category text)
        RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
        DECLARE
            number text := folded(left(part_number, 200));
            token text;
            a text[] := words_of(translate(number, ' ', '-')) || ('=' || translate(number, ' -', ''));
            b text[] := '{}';
            c text[] := '{}';
        BEGIN
            FOREACH token IN ARRAY string_to_array(left(folded(left(name, 500)), 500), ' ') LOOP
                b := b || replace(token, '-', '') || words_of(token);
            END LOOP;
            FOREACH token IN ARRAY string_to_array(coalesce(left(folded(left(category, 200)), 500), ''), ' ') LOOP
                c := c || replace(token, '-', '') || words_of(token);
            END LOOP;
            RETURN (
                SELECT coalesce(string_agg(
                    '''' || left(catalog::text, 8) || left(word, 200) || ''':' || field, ' '
                ), '')::tsvector
                FROM (
                    SELECT unnest(a), '1A' UNION ALL SELECT unnest(b), '2B' UNION ALL SELECT unnest(c), '3C'
                ) AS w (word, field)
                WHERE word NOT IN ('', '=')
            );
        END
        $$
        """
    )


def _table() -> None:
    op.create_table(
        "product_words",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_words_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_words")),
        if_not_exists=True,
    )
    # Without a list of pending words, which every search would read through while an import runs.
    op.create_index(
        op.f("ix_product_words_words"),
        "product_words",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        if_not_exists=True,
    )


def _trigger() -> None:
    # A trigger, so that what the release before writes is found as well.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION product_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
        BEGIN
            INSERT INTO product_words (product_id, words)
            VALUES (NEW.id, product_words(NEW.catalog_id, NEW.part_number, NEW.name, NEW.category))
            ON CONFLICT (product_id) DO UPDATE SET words = excluded.words;
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE OR REPLACE TRIGGER product_changed
        AFTER INSERT OR UPDATE OF catalog_id, part_number, name, category ON product
        FOR EACH ROW EXECUTE FUNCTION product_changed()
        """
    )


def _fill() -> None:
    # What the trigger has written is newer. A product's key is held, so that it is not deleted before its words are in.
    batch = sa.text(
        """
        WITH batch AS MATERIALIZED (
            SELECT id, catalog_id, part_number, name, category FROM product
            WHERE id > :after ORDER BY id LIMIT :most FOR KEY SHARE
        ), filled AS (
            INSERT INTO product_words (product_id, words)
            SELECT id, product_words(catalog_id, part_number, name, category) FROM batch
            ON CONFLICT (product_id) DO NOTHING
        )
        SELECT id FROM batch ORDER BY id DESC LIMIT 1
        """
    ).bindparams(sa.bindparam("after", type_=sa.Uuid()))
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = op.get_bind().scalar(batch, {"after": after, "most": BATCH})
