"""Visual words learned from pictures: the clusters, the sample, the three levels, and the command."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from service.cli.groups import starter
from service.recognition.surface.vocabulary import CELLS, FINE_OF_WORD, FINE_WORDS, WORDS, Vocabulary
from service.starter.surface.kmeans import kmeans, nearest
from service.starter.surface.learn import describe_learning, learn
from service.starter.surface.sampling import Plan, Sample, sample_descriptors
from service.starter.surface.sources import Source, photo_sources, render_source

PICTURES = {"grocery": 3, "clothing": 2}


def noise(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Blots of colour: some hundred features."""
    coarse = np.random.default_rng(seed).integers(0, 256, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, count in PICTURES.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(count):
            noise(len(name) * 10 + number).save(tmp_path / "photos" / name / f"{number}.jpg", quality=95)
    return tmp_path / "photos"


@pytest.fixture
def renders(tmp_path: Path) -> Path:
    """Two parts, two views in the studio, one in each of two rooms."""
    folder = tmp_path / "renders"
    folder.mkdir()
    rng = np.random.default_rng(3)
    (folder / "parts.json").write_text('{"parts": [{}, {}], "seed": 3}')
    np.save(folder / "grounds.npy", rng.integers(0, 256, (4, 96, 96, 3), dtype=np.uint8))
    for room, views in enumerate((2, 1, 1)):
        sprites = np.zeros((2, views, 64, 64, 5), np.uint8)
        sprites[:, :, 16:48, 16:48, :3] = rng.integers(0, 256, (2, views, 32, 32, 3))
        sprites[:, :, 16:48, 16:48, 3] = 255
        sprites[:, :, 40:60, 16:60, 4] = 200
        np.save(folder / f"room-{room:02}.npy", sprites)
    return folder


def source_of(count: int, loaded: list[int] | None = None, name: str = "drawn") -> Source:
    def load(index: int) -> Image.Image:
        if loaded is not None:
            loaded.append(index)
        return noise(index)

    return Source(name=name, licence="CC0", count=count, key=f"{count} drawn", load=load)


@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_clusters_are_as_many_as_asked_for_whatever_repeats(count: int, wanted: int, distinct: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.random((distinct, 4)).astype(np.float32)[rng.integers(0, distinct, count)]
    centroids = kmeans(vectors, wanted, 12, rng)
    assert centroids.shape == (wanted, 4)
    assert np.isfinite(centroids).all()
    if wanted >= min(count, distinct):
        # Every vector has a centroid of its own, found by moving empty clusters.
        assert nearest(vectors, centroids)[1].max() < 1e-3


def test_clusters_far_apart_are_found_wherever_it_starts() -> None:
    middles = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
    points = (middles[:, None] + np.random.default_rng(1).normal(0, 0.1, (4, 50, 2))).reshape(-1, 2).astype(np.float32)
    found = 0
    for seed in range(20):
        centroids = kmeans(points, 4, 10, np.random.default_rng(seed))
        found += bool((np.linalg.norm(centroids[:, None] - middles, axis=2).min(axis=0) < 0.2).all())
    assert found >= 5
    again = kmeans(points, 4, 10, np.random.default_rng(3))
    np.testing.assert_array_equal(again, kmeans(points, 4, 10, np.random.default_rng(3)))


def test_halves_of_squared_distances_are_told() -> None:
    owners, halves = nearest(np.array([[3.0, 4.0]], np.float32), np.array([[9, 9], [0, 0]], np.float32))
    assert (owners.tolist(), halves.tolist()) == ([1], [12.5])


def test_each_picture_gives_its_share_and_no_more(tmp_path: Path) -> None:
    plan = Plan(descriptors=200, seed=1, work=tmp_path)
    samples = sample_descriptors([source_of(3), source_of(2, name="other")], plan, lambda line: None)
    assert [sample.descriptors.shape for sample in samples] == [(3 * 40, 128), (2 * 40, 128)]
    assert all(sample.descriptors.dtype == np.uint8 for sample in samples)


def test_an_interrupted_sample_goes_on_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.starter.surface.sampling.AT_ONCE", 2)
    plan = Plan(descriptors=150, seed=1, work=tmp_path)
    (whole,) = sample_descriptors([source_of(5)], plan, lambda line: None)
    kept = sorted(tmp_path.glob("*.npy"))
    assert len(kept) == 3
    kept[1].unlink()
    loaded: list[int] = []
    lines: list[str] = []
    (again,) = sample_descriptors([source_of(5, loaded)], plan, lines.append)
    assert sorted(loaded) == [2, 3]
    np.testing.assert_array_equal(again.descriptors, whole.descriptors)
    assert lines[-1] == "drawn: 5 of 5 pictures, 150 descriptors"


def test_another_seed_or_share_takes_nothing_of_what_was_kept(tmp_path: Path) -> None:
    (first,) = sample_descriptors([source_of(2)], Plan(descriptors=60, seed=1, work=tmp_path), lambda line: None)
    for descriptors, seed in ((60, 2), (80, 1)):
        loaded: list[int] = []
        plan = Plan(descriptors=descriptors, seed=seed, work=tmp_path)
        (other,) = sample_descriptors([source_of(2, loaded)], plan, lambda line: None)
        assert sorted(loaded) == [0, 1]
        assert not np.array_equal(other.descriptors[:60], first.descriptors)


def test_words_divide_cells_and_fine_words_divide_words() -> None:
    rng = np.random.default_rng(1)
    kinds = rng.gamma(0.4, 40, (400, 128))
    drawn = kinds[rng.integers(0, 400, 6_000)] + rng.normal(0, 8, (6_000, 128))
    descriptors = np.clip(drawn, 0, 255).astype(np.uint8)
    lines: list[str] = []
    words = learn(descriptors, 1, "drawn", lines.append)
    assert (words.cells.shape, words.words.shape, words.fine.shape) == ((CELLS, 128), (WORDS, 128), (FINE_WORDS, 128))
    assert lines[0] == "256 cells"
    vectors = descriptors.astype(np.float32) / np.float32(255)
    nearest_words = words.nearest_words(vectors, 1)
    fine = words.nearest_fine(vectors, nearest_words, 1)
    errors = [
        np.linalg.norm(vectors - table[numbers].astype(np.float32) / 255, axis=1).mean()
        for table, numbers in (
            (words.cells, nearest_words[:, 0] // (WORDS // CELLS)),
            (words.words, nearest_words[:, 0]),
            (words.fine, fine[:, 0]),
        )
    ]
    # Every level describes what it was learned on better than the one above.
    assert errors[0] > 1.1 * errors[1] > 1.3 * errors[2]
    assert (fine // FINE_OF_WORD == nearest_words).all()
    # Words that nothing was learned on are divided around themselves.
    unused = np.setdiff1d(np.arange(WORDS), nearest_words)
    divided = words.fine.reshape(WORDS, FINE_OF_WORD, 128)[unused].astype(float) - words.words[unused, None]
    assert len(unused) > 100
    assert np.linalg.norm(divided, axis=2).max() < 60
    assert learn(descriptors, 1, "", lines.append).identity == words.identity
    assert learn(descriptors, 2, "", lines.append).identity != words.identity


def test_too_few_descriptors_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        learn(np.zeros((CELLS - 1, 128), np.uint8), 1, "", lambda line: None)


def test_the_provenance_names_sources_licences_and_figures(tmp_path: Path) -> None:
    samples = [Sample(source_of(3), np.zeros((50, 128), np.uint8))]
    said = describe_learning(samples, Plan(descriptors=60, seed=9, work=tmp_path), "the command", date(2026, 1, 2))
    assert "on 50 RootSIFT descriptors of 3 pictures, at most 20 a picture" in said
    assert "- drawn: 3 pictures, 50 descriptors; CC0" in said
    assert "seed 9; 2026-01-02; the command" in said


def test_folders_of_photos_are_sources_and_some_are_left_out(photos: Path) -> None:
    (photos / "empty").mkdir()
    (photos / "own").mkdir()
    noise(1).save(photos / "own" / "1.jpg")
    found = {source.name: source for source in photo_sources(photos, without=["clothing"])}
    assert {name: source.count for name, source in found.items()} == {"grocery": 3, "own": 1}
    assert "Klasson" in found["grocery"].licence
    assert found["own"].licence == "licence not stated"
    assert found["grocery"].load(0).size == (160, 120)
    with pytest.raises(FileNotFoundError, match="no photos"):
        photo_sources(photos, without=["clothing", "grocery", "own"])


def test_renders_lie_on_paper_or_grounds_with_their_shadow(renders: Path) -> None:
    source = render_source(renders, 1)
    assert source.count == 8
    pictures = [np.asarray(source.load(index)) for index in range(source.count)]
    sprite = np.load(renders / "room-00.npy")[0, :, 16:40, 16:40, :3]
    assert pictures[0].shape == (64, 64, 3)
    assert any(np.array_equal(pictures[0][16:40, 16:40], one) for one in sprite)
    assert (pictures[0][:10] == 240).all()
    assert pictures[0][55, 30].tolist() == [146] * 3
    assert pictures[1][:10].std() > 30
    np.testing.assert_array_equal(source.load(1), pictures[1])


def test_no_renders_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"parts\.json"):
        render_source(tmp_path, 1)


def test_the_command_learns_and_keeps_a_vocabulary(photos: Path, renders: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "words.npz"
    options = ["--photos", str(photos), "--renders", str(renders), "--work", str(tmp_path / "work"), "--out", str(out)]
    done = CliRunner().invoke(starter, ["vocabulary", *options, "--without", "clothing", "--descriptors", "2000"])
    assert done.exit_code == 0, done.output
    made = Vocabulary.load(out)
    assert made.identity in done.output
    assert "grocery: 3 pictures" in made.provenance
    assert "renders: 8 pictures" in made.provenance
    assert "clothing:" not in made.provenance
    assert "photocode starter vocabulary --descriptors 2000 --seed 7 --without clothing" in made.provenance


def test_the_command_says_what_is_missing(photos: Path, renders: Path, tmp_path: Path) -> None:
    def said(*options: str) -> str:
        work = ["--work", str(tmp_path / "work"), "--renders", str(renders), "--out", str(tmp_path / "words.npz")]
        done = CliRunner().invoke(starter, ["vocabulary", *work, *options])
        assert done.exit_code == 1
        return done.output

    assert "is no folder: give --photos" in said("--photos", str(tmp_path / "none"))
    assert "no photos in the folders" in said("--photos", str(renders))
    assert "are too few for 256 cells" in said("--photos", str(photos), "--descriptors", "20")
    assert not (tmp_path / "words.npz").exists()
