"""Manifests that are wrong say where; plans leave out and draw by seed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evaluation.errors import EvaluationError
from service.evaluation.manifest import LabelledPicture, LabelledProduct, PhotoSet, read_folder, read_photo_set
from service.evaluation.queries import Kind, plan_folder

GOOD = "path,label,role\na.jpg,A,reference\nb.jpg,A,query\n"


def written(folder: Path, manifest: str, products: str | None = None) -> Path:
    (folder / "manifest.csv").write_text(manifest, encoding="utf-8")
    if products is not None:
        (folder / "products.csv").write_text(products, encoding="utf-8")
    return folder


def test_set_and_group_may_be_absent(tmp_path: Path) -> None:
    photos = read_photo_set(written(tmp_path, "\ufeff" + GOOD))
    assert [picture.path.name for picture in photos.references(None)] == ["a.jpg"]
    assert photos.products["A"] == LabelledProduct(label="A", part_number="A", name="A")


def test_photos_outside_the_folder_go_by_their_whole_path(tmp_path: Path) -> None:
    folder = written(tmp_path, "path,label,role\na.jpg,A,reference\nin/b.jpg,A,query\n/elsewhere/c.jpg,A,query\n")
    names = [query.name for query in plan_folder(read_photo_set(folder)).queries]
    assert names == ["in/b.jpg", "/elsewhere/c.jpg"]


def test_products_are_described(tmp_path: Path) -> None:
    table = "label,part_number,name,colour,pictures\nA,7-1,A red one,red,a.jpg\nZ,9,unused,,\n"
    folder = written(tmp_path, GOOD, table)
    assert read_photo_set(folder).products == {
        "A": LabelledProduct(label="A", part_number="7-1", name="A red one", metadata={"colour": "red"})
    }


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("", r"has no column path; it has no header"),
        ("path,label\n", r"has no column role; it has path, label"),
        ("path,label,role\na.jpg,A,reference\nb.jpg,A\n", r"line 3: the row has 2 cells, the header has 3"),
        ("path,label,role\na.jpg,A,reference\nb.jpg,A,qurey\n", r"line 3, column role: 'qurey' is neither"),
        ("path,label,role\na.jpg,,reference\n", r"line 2, column label: the cell is empty"),
        ("path,label,role\na.jpg,A,reference\n", r"names no picture of role query"),
        ('path,label,role\n"a"x,A,reference\n', r"cannot be read"),
    ],
)
def test_a_wrong_manifest_says_where(tmp_path: Path, manifest: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        read_photo_set(written(tmp_path, manifest))


@pytest.mark.parametrize(
    ("products", "said"),
    [
        ("part_number,name\n1,A\n", r"products.csv has no column label"),
        ("label,part_number\nA,1\nA,2\n", r"line 3, column label: 'A' stands there before"),
        ("label,part_number\nA,1\nB,1\n", r"line 3, column part_number: '1' belongs to 'A' already"),
    ],
)
def test_a_wrong_table_of_products_says_where(tmp_path: Path, products: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        read_photo_set(written(tmp_path, GOOD, products))


def test_a_manifest_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"manifest\.csv is not there"):
        read_photo_set(tmp_path)
    (tmp_path / "manifest.csv").write_bytes(b"path,label,role\n\xff\xfe,A,query\n")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_photo_set(tmp_path)


def test_unknown_sets_and_groups_name_those_there_are(tmp_path: Path) -> None:
    manifest = "path,label,role,set,group\na.jpg,A,reference,views,Fruit\nb.jpg,A,query,photos,Fruit\n"
    photos = read_photo_set(written(tmp_path, manifest))
    with pytest.raises(EvaluationError, match=r"no set 'view' of references .*; there are views"):
        photos.references("view")
    with pytest.raises(EvaluationError, match=r"no group 'Fruits' of queries .*; there are Fruit"):
        photos.queries("Fruits")


def test_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(EvaluationError, match="no pictures below"):
        read_folder(tmp_path)


def photo_set(products: int, groups: int = 2, queries: int = 3) -> PhotoSet:
    folder = Path("/photos")
    labels = {f"P{number}": f"G{number % groups}" for number in range(products)}
    pictures = [
        LabelledPicture(path=folder / f"{label}-{role}{number}.jpg", label=label, role=role, group=group)
        for label, group in labels.items()
        for role, count in (("reference", 1), ("query", queries))
        for number in range(count)
    ]
    described = {
        label: LabelledProduct(label=label, part_number=f"N-{label}", name=label, group=group)
        for label, group in labels.items()
    }
    return PhotoSet(folder=folder, pictures=tuple(pictures), products=described)


@settings(max_examples=40)
@given(st.integers(4, 40), st.integers(1, 3), st.floats(0, 0.6), st.integers(0, 1000))
def test_a_share_of_every_group_is_left_out(products: int, groups: int, share: float, seed: int) -> None:
    photos = photo_set(products, groups)
    plan = plan_folder(photos, leave_out=share, seed=seed)
    assert plan == plan_folder(photos, leave_out=share, seed=seed)
    for group in range(groups):
        members = {f"P{number}" for number in range(products) if number % groups == group}
        assert len(members & set(plan.left_out)) == round(share * len(members))
    gallery = {product.part_number for product in plan.gallery}
    assert len(plan.queries) == 3 * products
    for query in plan.queries:
        assert (query.kind is Kind.PRESENT) == (query.part_number in gallery)
        assert query.kind in (Kind.PRESENT, Kind.LEFT_OUT)


def test_another_seed_leaves_others_out() -> None:
    assert len({plan_folder(photo_set(40), leave_out=0.5, seed=seed).left_out for seed in range(5)}) == 5


def test_all_groups_are_in_the_gallery_and_one_is_asked() -> None:
    plan = plan_folder(photo_set(10), group="G1", distractors=[Path("/d/x.jpg"), Path("/d/y.jpg")])
    assert len(plan.gallery) == 12
    assert {query.cluster for query in plan.queries} == {"P1", "P3", "P5", "P7", "P9"}


@given(st.integers(2, 12), st.integers(1, 7), st.integers(1, 5))
def test_so_many_photos_of_a_product_are_one_query(products: int, photos: int, together: int) -> None:
    if photos < together:
        return
    plan = plan_folder(photo_set(products, queries=photos), together=together)
    assert len(plan.queries) == products * (photos // together)
    sources = [source for query in plan.queries for source in query.sources]
    assert len(set(sources)) == len(sources)
    for query in plan.queries:
        assert len(query.sources) == together
        assert {Path(source).name.split("-")[0] for source in query.sources} == {query.cluster}


def test_strangers_and_queries_are_drawn_apart() -> None:
    strangers = [Path(f"/s/{number}.jpg") for number in range(30)]
    plan = plan_folder(photo_set(10), strangers=strangers, most_queries=7)
    kinds = [query.kind for query in plan.queries]
    assert (kinds.count(Kind.PRESENT), kinds.count(Kind.STRANGER)) == (7, 7)
    assert len({query.cluster for query in plan.queries if query.kind is Kind.STRANGER}) == 7


def test_products_that_have_no_reference_count_as_left_out(tmp_path: Path) -> None:
    manifest = "path,label,role,set\na.jpg,A,reference,views\nb.jpg,A,query,\nc.jpg,B,query,\n"
    plan = plan_folder(read_photo_set(written(tmp_path, manifest)), references="views")
    assert [query.kind for query in plan.queries] == [Kind.PRESENT, Kind.LEFT_OUT]
    assert plan.notes == ["1 products that are asked have no reference, and count as left out: B"]


def test_nothing_to_find_is_said() -> None:
    with pytest.raises(EvaluationError, match="no photo that would be asked shows a product that is in the gallery"):
        plan_folder(photo_set(1), leave_out=0.9)
