"""What Prometheus is told beside Litestar's own request metrics."""

from prometheus_client import Counter, Histogram

STAGE_SECONDS = Histogram(
    "photocode_lookup_stage_seconds",
    "Time of one stage of a lookup",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LOOKUPS = Counter("photocode_lookups", "Answered lookups", ["verdict"])
CONFIRMATIONS = Counter("photocode_confirmations", "Workers' words on lookups", ["outcome"])
IMPORTED_ROWS = Counter("photocode_imported_rows", "Rows of imports, by what became of them", ["state"])
ENRICHED_REFERENCES = Counter(
    "photocode_enriched_references", "References whose surface was described, by what became of them", ["state"]
)
SEEN_REFERENCES = Counter(
    "photocode_seen_references", "References that were looked at for copies, by what became of them", ["state"]
)
READ_REFERENCES = Counter(
    "photocode_read_references", "References whose text was read, by what became of them", ["state"]
)


def observe_lookup(timings: dict[str, float], verdict: str) -> None:
    """Count a lookup; ``timings`` are milliseconds by stage."""
    LOOKUPS.labels(verdict).inc()
    for stage, milliseconds in timings.items():
        STAGE_SECONDS.labels(stage).observe(milliseconds / 1000)
