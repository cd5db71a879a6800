"""What the demo shows of an answer fits a terminal and says why, how sure, and without what."""

import io
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from rich.console import Console

from mobile_contract.candidates import Candidate, Channel, Evidence
from mobile_contract.catalogs import ReferenceImage, Space
from mobile_contract.lookups import Lookup, Verdict, VerdictBasis
from mobile_contract.photos import PhotoFacts
from mobile_contract.statements import Certain, Coarse, Label, Labels
from service.demo.screen import show_dropped, show_lookup

WIDTH = 100
STAGES = ("decode", "embed", "search", "index", "features", "recall", "describe", "geometry", "fusion", "total")


def candidate(rank: int, *ways: Channel, inliers: int = 0) -> Candidate:
    return Candidate(
        rank=rank,
        part_number=f"DIN EN 1661 - M{rank} with a long number",
        name="Hexagon nut with flange, and a long name",
        metadata={"colour": "gold", "material": "brass, plated", "thread": "M8"},
        score=-10.5 / rank,
        matched_by=list(ways),
        evidence=Evidence(inliers=inliers),
        reference_image=ReferenceImage(id=UUID(int=rank), image_url="/", width=1, height=1, role="catalog"),
    )


MOST_CHANNELS = [channel for channel in Channel if channel is not Channel.TEXT]
"""That speak for one candidate where nothing is typed."""


@pytest.fixture
def answer() -> Lookup:
    return Lookup(
        id=UUID(int=1),
        catalog="c",
        created_at=datetime.now(UTC),
        verdict=Verdict.MATCH,
        verdict_basis=VerdictBasis(probability=0.987, thresholds="fitted"),
        candidates=[candidate(1, *MOST_CHANNELS, inliers=1_234), candidate(2, Channel.SURFACE)],
        photo=PhotoFacts(sha256="", width=1, height=1, format="jpeg", advice=[]),
        space=Space(identity="", bundle="", preprocessing_revision=1, dimension=1),
        timings=dict.fromkeys(STAGES, 123.4),
        dropped={},
    )


def shown(answer: Lookup) -> str:
    console = Console(file=io.StringIO(), width=WIDTH)
    show_lookup(console, "photo.jpg", answer, 83.2, answer.candidates[0].part_number)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_answer_fits_a_line_a_candidate_and_says_why(answer: Lookup) -> None:
    lines = [line.rstrip() for line in shown(answer).splitlines()]
    assert max(map(len, lines)) <= WIDTH
    assert lines[0] == "photo.jpg  match (first is right: 99%)  83 ms"
    first, second = (line for line in lines if "DIN EN" in line)
    assert "1 ✓" in first
    assert "image, surface, barcode, reading, size, 1234 fit" in first
    assert "surface" in second
    assert "fit" not in second
    assert any(line.startswith("  ms: decode 123, embed 123") for line in lines)
    assert "without" not in shown(answer)


def test_what_an_answer_does_without_is_said(answer: Lookup) -> None:
    image_only = msgspec.structs.replace(answer, verdict_basis=VerdictBasis(thresholds=""), dropped={"recall": "late"})
    assert "without recall (late)" in shown(image_only)
    assert "first is right" not in shown(image_only)
    console = Console(file=io.StringIO(), width=WIDTH)
    show_dropped(console, [answer])
    show_dropped(console, [answer, image_only, image_only])
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "  not all answers are complete: 2 without recall (late)\n"


def test_what_is_certain_is_told_and_what_is_not(answer: Lookup) -> None:
    certain = [
        Certain(field="category", value="Screws", probability=0.97),
        Certain(field="partNumber", value="ISO 4762", probability=0.93),
    ]
    coarse = Coarse(probability=0.93, certain=certain, uncertain=["metadata:thread"], basis="")
    labels = Labels(by="product", nearest=[Label(label="M8", probability=0.5)], something_else=0.1, basis="")
    lines = shown(msgspec.structs.replace(answer, coarse=coarse, labels=labels))
    assert "93% certain: Screws (category), ISO 4762 (part number); not certain: thread" in lines
    assert "M8 50%; something else 10%" in lines
    either = msgspec.structs.replace(coarse, uncertain=[])
    assert "not certain: which one" in shown(msgspec.structs.replace(answer, coarse=either))
