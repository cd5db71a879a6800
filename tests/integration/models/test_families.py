"""Every family's ONNX towers compute what torch computes; untrained weights, drawn so that inputs lie far apart."""

import pytest

pytest.importorskip("torch", reason="torch is missing: pip install 'photocode[export]'")

from loadtests.export_families import FAMILIES, Family, exported
from service.models.compare import Closeness, compare_pictures, compare_texts
from service.models.runner import BundleRunner


def assert_close(found: Closeness) -> None:
    assert found.spread > 0.05, "the inputs must lie apart, or closeness says nothing"
    assert found.largest_difference < 2e-5
    assert found.centred_cosine > 1 - 1e-7
    assert found.batch_difference < 1e-5


@pytest.mark.timeout(1200)  # 10 to 60 s on two free cores; machines are shared
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.title)
def test_towers_equal_torch(family: Family) -> None:
    with exported(family) as (source, bundle):
        runner = BundleRunner(bundle)
        assert_close(compare_pictures(source, runner))
        assert_close(compare_texts(source, runner))
