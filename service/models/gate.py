"""The gate: what a smaller precision loses against fp32 on real pictures, written into the bundle."""

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from service.models.check import golden_pixels
from service.models.errors import ModelError
from service.models.folder import copy_manifest, rewrite_manifest
from service.models.pictures import LabelledPicture
from service.models.retrieval import Embedded, embed, right_answers
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle, Gate, Precision

LOSS_ALLOWED_POINTS = 0.5
# Below 100 queries a single lost answer is more than a point: a loss of none would say nothing of half a point.
QUERIES_NEEDED = 100
QUANTILES = (0.01, 0.05, 0.5)
TIMED_RUNS = 15


@dataclass(frozen=True)
class Measured:
    """A precision with its speed, one photo at a time, and its gate (None for fp32 itself)."""

    precision: Precision
    milliseconds: float
    top1: float
    gate: Gate | None


def measure_gates(bundle: Bundle, pictures: Sequence[LabelledPicture]) -> tuple[Bundle, list[Measured]]:
    """Measure every precision of a bundle on the same pictures and write the gates into ``bundle.json``.

    Raises:
        ModelError: the bundle has no fp32 towers to compare with, or a precision does not run here.

    """
    if "fp32" not in bundle.manifest.variants:
        raise ModelError(f"{bundle.folder} has no fp32 towers to compare with")
    runner = BundleRunner(bundle, "fp32")
    full = embed(runner, pictures)
    results = [Measured("fp32", time_photo(bundle, runner), float(right_answers(full).mean()), None)]
    variants = dict(bundle.manifest.variants)
    for precision, variant in bundle.manifest.variants.items():
        if precision == "fp32":
            continue
        runner = BundleRunner(bundle, precision)
        gate = compare(full, embed(runner, pictures), machine=f"{machine_name()}, {runner.provider}")
        variants[precision] = msgspec.structs.replace(variant, gate=gate)
        results.append(Measured(precision, time_photo(bundle, runner), gate.top1_variant, gate))
    return rewrite_manifest(bundle.folder, copy_manifest(bundle.manifest, variants=variants)), results


def compare(full: Embedded, variant: Embedded, *, machine: str) -> Gate:
    """Compare two precisions' vectors of the same pictures: the same queries, the same references."""
    before, after = right_answers(full), right_answers(variant)
    loss = 100 * float(before.mean() - after.mean())
    cosine = np.sum(full.vectors * variant.vectors, axis=1)
    return Gate(
        pictures=len(full.pictures),
        queries=len(before),
        top1_fp32=round(float(before.mean()), 4),
        top1_variant=round(float(after.mean()), 4),
        top1_loss_points=round(loss, 3),
        cosine_quantiles={str(at): round(float(np.quantile(cosine, at)), 6) for at in QUANTILES},
        passed=loss < LOSS_ALLOWED_POINTS and len(before) >= QUERIES_NEEDED,
        machine=machine,
    )


def time_photo(bundle: Bundle, runner: BundleRunner) -> float:
    """Median milliseconds of one photo's forward pass, alone in its batch."""
    pixels = golden_pixels(bundle.manifest.preprocessing)[:1]
    runner.embed_pixels(pixels)
    seconds = []
    for _ in range(TIMED_RUNS):
        begun = time.perf_counter()
        runner.embed_pixels(pixels)
        seconds.append(time.perf_counter() - begun)
    return 1000 * median(seconds)


def machine_name() -> str:
    """Name the processor, for the record: int8 rounds differently on processors without VNNI."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
