"""From what was found to an order, and to the verdict on its first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from uuid import UUID

from catalog.search.candidates import ProductHit
from service.recognition.channels import Channel
from service.recognition.embedding.bundle import Thresholds
from service.recognition.evidence.coded import CodeName
from service.recognition.evidence.sized import Size
from service.recognition.fusion import READ_IN_COSINES, SURE_READ, Evidence, FusionModel
from service.recognition.pooling import Pooled, views
from service.recognition.typed import Said
from service.recognition.verdict.judge import (
    Judgement,
    judge,
    judge_coded,
    judge_contradicted,
    judge_fused,
    judge_measured,
    judge_sized,
    judge_typed,
)
from service.recognition.verdict.sized import Decided


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A product that the photos may show. ``score`` ranks, the higher the better: the mean cosine where the image
    channel answered alone, else the fused score, which compares within one answer only. ``evidence`` is that of
    ``photo``: the place, from 0, of the photo that shows it best. ``said``: what typed words say of it, if there are.
    ``named``: by a code in a photo. ``size``: what a scale card in a photo says of it.
    """

    product: ProductHit
    score: float
    evidence: Evidence
    photo: int
    said: Said | None
    named: CodeName | None
    matched_by: tuple[Channel, ...]
    size: Size | None = None


def rank(
    products: Sequence[Pooled],
    photos: int,
    said: Mapping[UUID, Said] | None,
    named: Mapping[UUID, CodeName],
    *,
    fusion: FusionModel | None,
    thresholds: Thresholds | None,
    sizes: Mapping[UUID, Size] | None = None,
    sized: Mapping[UUID, float] | None = None,
    decided: Decided | None = None,
) -> tuple[list[Candidate], Judgement]:
    """The candidates, best first, and what is to be said of the first. ``said``: by product, None where nothing was
    typed. Without ``fusion`` the image's cosines rank.

    Typed words change the order. How sure the verdict is rests on the photos alone: a word may be mistaken, and what a
    photo shows of the first candidate in comparison with the others is there all the same.

    Text on the object is what the photos show. It changes the order, and how sure the verdict is where it says much of
    the first; otherwise the verdict is the less sure one of that with it and that without: what is not in the catalog
    often bears the name of what is.

    What a code in a photo names comes before all else: whoever put it there knew which product it is. ``named``: by
    product. ``decided``: the one that its size singles out of those that look alike; it comes next. ``sized``: what
    size adds to each product's score; it changes the order as typed words do.
    """
    scores = _scores(products, photos, said, fusion)
    if sized:
        scores = [score + sized.get(one.product.product_id, 0.0) for score, one in zip(scores, products, strict=True)]
    if decided is not None:
        scores = _lifted(scores, [one.product.product_id == decided.product_id for one in products])
    scores = _lifted(scores, [one.product.product_id in named for one in products])
    order = sorted(range(len(products)), key=lambda place: (-scores[place], products[place].product.product_id))
    ranked = [products[place] for place in order]
    candidates = [_candidate(products[place], scores[place], said, named, sizes or {}, decided) for place in order]
    if not photos:
        return candidates, judge_typed([one.said.words for one in candidates if one.said])
    judgement = _judged(ranked, photos, fusion, thresholds)
    if any(seen.read for one in ranked for seen in one.evidence) and _read(ranked[0]) < SURE_READ:
        unread = _judged([_without_text(one) for one in ranked], photos, fusion, thresholds)
        judgement = min(judgement, unread, key=_sureness)
    if sized:
        judgement = judge_measured(judgement, _judged(_by_looks(ranked, photos, fusion), photos, fusion, thresholds))
    judgement = judge_sized(judge_contradicted(judgement, candidates[0].size if candidates else None), decided)
    return candidates, judge_coded(judgement, [one.named for one in candidates if one.named])


def _by_looks(products: Sequence[Pooled], photos: int, fusion: FusionModel | None) -> list[Pooled]:
    scores = _scores(products, photos, None, fusion)
    return [products[place] for place in sorted(range(len(products)), key=lambda place: -scores[place])]


def _judged(
    ranked: Sequence[Pooled], photos: int, fusion: FusionModel | None, thresholds: Thresholds | None
) -> Judgement:
    if fusion is not None and ranked:
        return judge_fused(views(ranked, photos), _scores(ranked, photos, None, fusion), fusion)
    return judge(_cosines(ranked), thresholds, [READ_IN_COSINES * _read(one) for one in ranked])


def _sureness(judgement: Judgement) -> tuple[float, float]:
    return judgement.probability or 0.0, judgement.margin or 0.0


def _scores(
    products: Sequence[Pooled], photos: int, said: Mapping[UUID, Said] | None, fusion: FusionModel | None
) -> list[float]:
    more = [said[one.product.product_id].weight if said else 0.0 for one in products]
    if fusion is not None and photos and products:
        of_photos = views(products, photos)
        return fusion.scores([_with(view, more) for view in of_photos] if said else of_photos)
    lifts = [READ_IN_COSINES * _read(one) for one in products]
    return [cosine + lift + extra for cosine, lift, extra in zip(_cosines(products), lifts, more, strict=True)]


def _cosines(products: Sequence[Pooled]) -> list[float]:
    """Of the photos' mean; 0 without photos."""
    return [fmean(seen.image or 0.0 for seen in one.evidence) if one.evidence else 0.0 for one in products]


def _read(one: Pooled) -> float:
    """Score of the text on the object."""
    return max((seen.read.score for seen in one.evidence if seen.read), default=0.0)


def _without_text(one: Pooled) -> Pooled:
    return replace(one, evidence=tuple(replace(seen, read=None) for seen in one.evidence))


def _lifted(scores: Sequence[float], named: Sequence[bool]) -> list[float]:
    """Those of named products above all others, with their distances as they were."""
    lift = max(scores, default=0.0) - min(scores, default=0.0) + 1.0
    return [score + lift if is_named else score for score, is_named in zip(scores, named, strict=True)]


def _with(view: Sequence[Evidence], more: Sequence[float]) -> list[Evidence]:
    """Added to the cosine and not to the score: what is typed is of the same kind, and is fused as that is."""
    return [replace(one, image=(one.image or 0.0) + extra) for one, extra in zip(view, more, strict=True)]


def _candidate(
    one: Pooled,
    score: float,
    said: Mapping[UUID, Said] | None,
    named: Mapping[UUID, CodeName],
    sizes: Mapping[UUID, Size],
    decided: Decided | None,
) -> Candidate:
    words = said[one.product.product_id] if said else None
    name = named.get(one.product.product_id)
    ways = {
        *one.matched_by,
        *([Channel.TEXT] if words and words.proposed else []),
        *([Channel.BARCODE] if name else []),
        *([Channel.READING] if any(seen.read and seen.read.distinctive for seen in one.evidence) else []),
        *([Channel.SIZE] if decided and decided.product_id == one.product.product_id else []),
    }
    return Candidate(
        product=one.product,
        score=score,
        evidence=one.evidence[one.photo] if one.evidence else Evidence(),
        photo=one.photo,
        said=words,
        named=name,
        matched_by=tuple(channel for channel in Channel if channel in ways),
        size=sizes.get(one.product.product_id),
    )
