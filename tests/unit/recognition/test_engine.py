"""The engine on tiny towers, and the fake one beside it."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from service.recognition.embedding import towers
from service.recognition.embedding.bundle import Bundle, BundleError, Precision
from service.recognition.embedding.engine import EmbeddingError, Engine, ImageEmbedder
from service.recognition.embedding.fake import FakeEngine
from service.recognition.embedding.provider import ProviderUnavailableError, why_not_cuda
from service.recognition.embedding.session import Session, SessionError
from service.recognition.embedding.tokenizer import TextTokenizer, TokenizerError

MakeBundle = Callable[..., Bundle]
Vectors = NDArray[np.float32]


def open_engine(bundle: Bundle, precision: Precision | None = None, queue: int = 256) -> Engine:
    return Engine.open(bundle, precision=precision, provider="cpu", threads=1, queue=queue)


def with_engine(engine: ImageEmbedder, use: Callable[[ImageEmbedder], Awaitable[None]]) -> None:
    async def run() -> None:
        await engine.start()
        try:
            async with asyncio.timeout(20):
                await use(engine)
        finally:
            await engine.close()

    asyncio.run(run())


def colour(*rgb: int) -> Image.Image:
    return Image.new("RGB", (30, 20), rgb)


def test_pictures_become_their_vectors(make_bundle: MakeBundle) -> None:
    async def use(engine: ImageEmbedder) -> None:
        vector = await engine.embed_image(colour(2, 2, 0))
        assert vector.dtype == np.float32
        assert np.allclose(vector, np.array([2, 2, 0, 1]) / 3, atol=1e-6)
        vectors = await engine.embed_images([colour(value, 0, 0) for value in range(50)])
        assert vectors.shape == (50, 4)
        assert np.allclose(vectors[:, 0] / vectors[:, 3], np.arange(50), atol=1e-3)
        assert (await engine.embed_images([])).shape == (0, 4)

    with_engine(open_engine(make_bundle()), use)


def test_texts_become_their_vectors(make_bundle: MakeBundle) -> None:
    async def use(engine: ImageEmbedder) -> None:
        assert engine.has_text
        vectors = await engine.embed_texts(["hex nut", "bolt"])
        expected = np.array([[2, 3, 1, 1], [4, 1, 1, 1]], dtype=np.float32)
        assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
        assert (await engine.embed_texts([])).shape == (0, 4)

    with_engine(open_engine(make_bundle()), use)


def test_a_bundle_without_a_text_tower_says_so(make_bundle: MakeBundle) -> None:
    async def use(engine: ImageEmbedder) -> None:
        assert not engine.has_text
        with pytest.raises(EmbeddingError):
            await engine.embed_texts(["nut"])

    with_engine(open_engine(make_bundle(text=False)), use)


def test_facts_come_from_the_bundle_and_from_onnxruntime(make_bundle: MakeBundle) -> None:
    bundle = make_bundle()
    engine = open_engine(bundle)
    assert (engine.provider, engine.precision, engine.dimension, engine.input_size) == ("cpu", "fp32", 4, 8)
    assert (engine.identity, engine.name, engine.preprocessing_revision) == (bundle.identity, "tiny", 1)
    assert engine.thresholds is None
    asyncio.run(engine.close())


def test_a_lookup_comes_before_an_import(make_bundle: MakeBundle) -> None:
    async def use(engine: ImageEmbedder) -> None:
        imported = asyncio.create_task(engine.embed_images([colour(1, 2, 3)] * 2000))
        await asyncio.sleep(0.01)
        await engine.embed_image(colour(9, 9, 9))
        assert not imported.done()
        assert (await imported).shape == (2000, 4)

    with_engine(open_engine(make_bundle()), use)


def test_a_picture_that_is_not_rgb_fails_alone(make_bundle: MakeBundle) -> None:
    async def use(engine: ImageEmbedder) -> None:
        good, bad = await asyncio.gather(
            engine.embed_image(colour(1, 2, 3)), engine.embed_image(Image.new("L", (8, 8))), return_exceptions=True
        )
        assert isinstance(good, np.ndarray)
        assert isinstance(bad, ValueError)
        with pytest.raises(ValueError, match="RGB"):
            await engine.embed_images([colour(1, 2, 3), Image.new("L", (8, 8))])

    with_engine(open_engine(make_bundle()), use)


def test_a_vector_of_nan_is_an_error_and_fails_alone(make_bundle: MakeBundle) -> None:
    async def use(engine: ImageEmbedder) -> None:
        good, bad = await asyncio.gather(
            engine.embed_image(colour(3, 4, 0)), engine.embed_image(colour(0, 0, 0)), return_exceptions=True
        )
        assert isinstance(good, np.ndarray)
        assert isinstance(bad, EmbeddingError)

    with_engine(open_engine(make_bundle(tower=tower_that_divides_by_its_input(), dimension=3, text=False)), use)


def test_towers_of_another_dimension_are_refused_at_start(make_bundle: MakeBundle) -> None:
    engine = open_engine(make_bundle(dimension=5))

    async def use(engine: ImageEmbedder) -> None:
        raise AssertionError("must not start")

    with pytest.raises(EmbeddingError, match=r"\(1, 5\)"):
        with_engine(engine, use)


@pytest.mark.parametrize(
    ("precisions", "gates", "chosen"),
    [
        (("fp32",), {}, "fp32"),
        (("fp32", "int8"), {}, "fp32"),
        (("fp32", "int8"), {"int8": False}, "fp32"),
        (("fp32", "int8"), {"int8": True}, "int8"),
        (("fp32", "fp16"), {"fp16": True}, "fp32"),
    ],
)
def test_int8_is_chosen_on_the_cpu_only_after_its_gate(
    precisions: tuple[Precision, ...], gates: dict[Precision, bool], chosen: Precision, make_bundle: MakeBundle
) -> None:
    engine = open_engine(make_bundle(*precisions, gates=gates))
    assert engine.precision == chosen
    asyncio.run(engine.close())


def test_fp16_is_chosen_on_cuda_only_after_its_gate(make_bundle: MakeBundle) -> None:
    bundle = make_bundle("fp32", "fp16", "int8", gates={"fp16": True, "int8": True})
    assert towers.choose_precision(bundle, "cuda") == "fp16"
    assert towers.choose_precision(make_bundle("fp32", "fp16", gates={"fp16": False}), "cuda") == "fp32"


def test_a_slim_bundle_gives_what_it_has_on_any_provider(make_bundle: MakeBundle) -> None:
    slim = make_bundle("int8", gates={"int8": True})
    assert [towers.choose_precision(slim, provider) for provider in ("cuda", "cpu")] == ["int8", "int8"]


def test_a_precision_asked_for_is_taken_or_refused(make_bundle: MakeBundle) -> None:
    bundle = make_bundle("fp32", "int8")
    engine = open_engine(bundle, "int8")
    assert engine.precision == "int8"
    asyncio.run(engine.close())
    with pytest.raises(BundleError, match="no fp16"):
        open_engine(bundle, "fp16")


def test_cuda_is_used_where_it_works_and_refused_where_it_does_not(make_bundle: MakeBundle) -> None:
    bundle = make_bundle()
    if why_not_cuda() is None:
        engine = Engine.open(bundle, precision=None, provider="cuda", threads=1)
        assert engine.provider == "cuda"
    else:
        with pytest.raises(ProviderUnavailableError):
            Engine.open(bundle, precision=None, provider="cuda", threads=1)
        engine = Engine.open(bundle, precision=None, provider="auto", threads=1)
        assert engine.provider == "cpu"
    asyncio.run(engine.close())


def test_opening_says_nothing_on_the_terminal(make_bundle: MakeBundle, capfd: pytest.CaptureFixture[str]) -> None:
    asyncio.run(open_engine(make_bundle()).close())
    assert "onnxruntime" not in capfd.readouterr().err


def test_what_is_no_tower_is_refused(make_bundle: MakeBundle) -> None:
    bundle = make_bundle()
    with pytest.raises(SessionError, match=r"tokenizer\.json"):
        Session(bundle.path("tokenizer.json"), provider="cpu", threads=1)
    session = Session(bundle.path("visual.onnx"), provider="cpu", threads=1)
    with pytest.raises(SessionError, match="failed"):
        session.run(np.zeros((1, 9, 9, 3), dtype=np.uint8))


def test_a_tokenizer_of_another_length_is_refused(make_bundle: MakeBundle) -> None:
    bundle = make_bundle()
    tokenizer = TextTokenizer(bundle.path("tokenizer.json"), 4, "none")
    assert tokenizer.encode(["hex nut bolt hex nut", ""]).tolist() == [[2, 3, 4, 2], [1, 1, 1, 1]]
    assert tokenizer.encode(["hex"]).dtype == np.int64
    assert TextTokenizer(bundle.path("tokenizer.json"), 4, "lower").encode(["HEX &amp; nut"]).tolist() == [[2, 1, 3, 1]]
    with pytest.raises(TokenizerError):
        TextTokenizer(bundle.path("tokenizer.json"), 77, "none")
    with pytest.raises(TokenizerError):
        TextTokenizer(bundle.path("visual.onnx"), 4, "none")


def test_the_fake_knows_colours() -> None:
    async def use(engine: ImageEmbedder) -> None:
        pictures = await engine.embed_images([colour(255, 0, 0), colour(250, 10, 10), colour(0, 0, 255)])
        texts = await engine.embed_texts(["a red part", "blue", "unknown"])
        assert np.allclose(np.linalg.norm(np.vstack([pictures, texts]), axis=1), 1)
        assert pictures[0] @ pictures[1] > 0.9 > pictures[0] @ pictures[2]
        assert texts[0] @ pictures[0] > 0.9 > texts[1] @ pictures[0]
        assert np.array_equal(await engine.embed_image(colour(255, 0, 0)), pictures[0])
        assert pictures.shape == (3, engine.dimension)

    with_engine(FakeEngine(), use)
    assert FakeEngine().identity == FakeEngine().identity != FakeEngine("other").identity


def tower_that_divides_by_its_input() -> onnx.ModelProto:
    """0 / 0 for black: not a number."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float", "axes"], ["mean"], keepdims=0),
        helper.make_node("ReduceL2", ["mean", "last"], ["length"], keepdims=1),
        helper.make_node("Div", ["mean", "length"], ["vector"]),
    ]
    initializers = [
        numpy_helper.from_array(np.array([1, 2], dtype=np.int64), "axes"),
        numpy_helper.from_array(np.array([1], dtype=np.int64), "last"),
    ]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 8, 8, 3])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["n", 3])
    graph = helper.make_graph(nodes, "tower", [pixels], [vector], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    assert onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return model
