"""The shipped network that finds objects is the starter's own, cut out."""

from pathlib import Path

import numpy as np
import pytest

from service.bootstrap import MASK
from service.models.importer import import_towers
from service.models.mask import NoMask, write_mask
from service.recognition.embedding.bundle import open_bundle
from service.recognition.embedding.session import Session
from service.settings import STARTER_BUNDLE
from tests.unit.models.conftest import Bring

PICTURES = np.random.default_rng(3).integers(0, 256, (2, 192, 192, 3), dtype=np.uint8)


@pytest.mark.skipif(not STARTER_BUNDLE.exists(), reason="the starter bundle is not in this checkout")
def test_the_shipped_network_is_that_of_the_starter(tmp_path: Path) -> None:
    write_mask(open_bundle(STARTER_BUNDLE), tmp_path / "new" / "mask.onnx")
    shipped, again = (
        Session(path, provider="cpu", threads=1).run(PICTURES) for path in (MASK, tmp_path / "new" / "mask.onnx")
    )
    assert shipped.shape == (2, 1, 32, 32)
    assert (shipped >= 0).all()
    assert (shipped <= 1).all()
    assert np.allclose(shipped, again)


def test_a_tower_that_looks_through_no_mask_is_refused(tmp_path: Path, bring: Bring) -> None:
    with pytest.raises(NoMask):
        write_mask(import_towers(bring(), tmp_path / "bundle"), tmp_path / "mask.onnx")
