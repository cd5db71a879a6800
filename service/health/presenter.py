"""Readiness as the wire shows it."""

from mobile_contract.health import Ready, Recognizer
from service.health.actions import OK
from service.recognition.embedding.engine import ImageEmbedder


def present_readiness(engine: ImageEmbedder, checks: dict[str, str]) -> Ready:
    """Ready when every check is; the provider is the one that ONNX Runtime really uses."""
    return Ready(
        ready=all(found == OK for found in checks.values()),
        checks=checks,
        recognizer=Recognizer(
            bundle=engine.name,
            identity=engine.identity,
            dimension=engine.dimension,
            precision=engine.precision,
            provider=engine.provider,
        ),
    )
