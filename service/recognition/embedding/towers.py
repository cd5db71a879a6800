"""Opens a bundle's towers: which precision, on which provider."""

from dataclasses import dataclass

import structlog

from service.recognition.embedding.bundle import TOKENIZER, Bundle, BundleError, Precision
from service.recognition.embedding.provider import ProviderUnavailableError, candidates
from service.recognition.embedding.provider_names import Provider, ProviderChoice
from service.recognition.embedding.session import Session
from service.recognition.embedding.tokenizer import TextTokenizer

_FASTER: dict[Provider, Precision] = {"cuda": "fp16", "cpu": "int8"}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Towers:
    """A bundle's sessions, ready to run, all on one provider and of one precision."""

    precision: Precision
    provider: Provider
    visual: Session
    text: Session | None
    tokenizer: TextTokenizer | None


def open_towers(bundle: Bundle, *, precision: Precision | None, choice: ProviderChoice, threads: int) -> Towers:
    """Load the best variant on the best provider that works here.

    Raises:
        ProviderUnavailableError: ``cuda`` is demanded and the towers do not run on it.
        BundleError: the precision asked for is not in the bundle.
        SessionError: a tower does not load.
        TokenizerError: the tokenizer does not load.

    """
    for provider in candidates(choice):
        towers = _open(bundle, precision or choose_precision(bundle, provider), provider, threads)
        if towers.provider == provider:
            _log.info("engine_opened", bundle=bundle.manifest.name, provider=provider, precision=towers.precision)
            return towers
        _log.warning("provider_not_used", wanted=provider, used=towers.provider)
    raise ProviderUnavailableError(
        "CUDA cannot be used: ONNX Runtime fell back to the CPU; its CUDA libraries are missing"
    )


def choose_precision(bundle: Bundle, provider: Provider) -> Precision:
    """The provider's faster precision where the bundle has it and its gate passed, else fp32.

    A slim bundle without fp32 gives what passed its gate, whatever provider that was made for.
    """
    variants = bundle.manifest.variants
    passed = [name for name, variant in variants.items() if variant.gate and variant.gate.passed]
    if _FASTER[provider] in passed:
        return _FASTER[provider]
    return "fp32" if "fp32" in variants or not passed else passed[0]


def _open(bundle: Bundle, precision: Precision, provider: Provider, threads: int) -> Towers:
    variant = bundle.manifest.variants.get(precision)
    if variant is None:
        known = ", ".join(sorted(bundle.manifest.variants))
        raise BundleError(f"the bundle {bundle.manifest.name} has no {precision} towers (it has: {known})")

    def session(name: str) -> Session:
        return Session(bundle.path(name), provider=provider, threads=threads, precision=precision)

    visual = session(variant.visual)
    if variant.text is None:
        return Towers(precision, visual.provider, visual, None, None)
    return Towers(precision, visual.provider, visual, session(variant.text), _tokenizer(bundle))


def _tokenizer(bundle: Bundle) -> TextTokenizer:
    manifest = bundle.manifest
    if manifest.context_length is None:
        raise BundleError(f"the bundle {manifest.name} has a text tower and names no context length")
    return TextTokenizer(bundle.path(TOKENIZER), manifest.context_length, manifest.text_cleaning)
