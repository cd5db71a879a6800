"""What workers will do is settled before the day begins."""

import io
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from loadtests.mobile_day.photos import DEVICES, in_other_bytes, load, save, subjects
from loadtests.mobile_day.plan import BROKEN, INTERRUPTIONS, UPLINKS, WORDS, visits
from loadtests.mobile_day.shape import Day
from service.demo.data_set import field_photos

DAY = Day(rate=50.0, seconds=100.0)


def test_a_plan_is_the_same_for_its_seed_and_another_for_another() -> None:
    assert visits(DAY, 1) == visits(DAY, 1)
    assert visits(DAY, 1) != visits(DAY, 2)


def test_a_plan_is_in_the_order_of_arrival() -> None:
    plan = visits(DAY, 0)
    assert [one.number for one in plan] == list(range(len(plan)))
    assert [one.due for one in plan] == sorted(one.due for one in plan)
    assert all(0 <= one.due < DAY.seconds for one in plan)


def test_shares_are_those_that_are_planned() -> None:
    plan = visits(DAY, 0)
    count = len(plan)
    for uplink, share in UPLINKS:
        assert sum(one.uplink == uplink for one in plan) / count == pytest.approx(share, abs=0.03)
    for interruption, share in INTERRUPTIONS:
        assert sum(one.interruption is interruption for one in plan) / count == pytest.approx(share, abs=0.03)
    for word, share in WORDS:
        assert sum(one.word is word for one in plan) / count == pytest.approx(share, abs=0.03)
    broken = Counter(one.broken for one in plan if one.broken)
    assert set(broken) == set(BROKEN)
    assert broken.total() / count == pytest.approx(0.03, abs=0.015)


def test_no_two_photos_are_the_same_and_popular_parts_come_oftener() -> None:
    made = subjects(150, 0)
    photos = [photo for one in made for photo in one.photos]
    assert len(set(photos)) == len(photos)
    assert {len(one.photos) for one in made} == {1, 2}
    known = {photo.part_number for photo in field_photos()}
    shown = Counter(one.part_number for one in made)
    assert set(shown) <= known
    assert shown[None] > 0
    # Evenly, 150 photos of more than 150 parts would show hardly any part more than three times.
    assert max(count for name, count in shown.items() if name) >= 4


def test_photos_are_of_several_devices() -> None:
    made = subjects(40, 1)
    edges = {max(Image.open(io.BytesIO(one.photos[0])).size) for one in made}
    assert edges == {one.edge for one in DEVICES}


def test_subjects_survive_a_file(tmp_path: Path) -> None:
    path = tmp_path / "photos"
    made = subjects(3, 2)
    save(made, path)
    assert load(path) == made


def test_a_picture_in_other_bytes_is_the_same_picture() -> None:
    jpeg = subjects(1, 3)[0].photos[0]
    other = in_other_bytes(jpeg, b"12345678")
    assert other != jpeg
    assert Image.open(io.BytesIO(other)).tobytes() == Image.open(io.BytesIO(jpeg)).tobytes()
    with pytest.raises(ValueError, match="not a JPEG"):
        in_other_bytes(b"GIF89a", b"")
