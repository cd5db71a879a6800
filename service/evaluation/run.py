"""An evaluation from its options to its report."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from catalog.catalogs import find_catalog
from catalog.errors import CatalogError
from catalog.galleries import live_gallery
from service.bootstrap import Services, open_services
from service.evaluation.ablation import compare
from service.evaluation.asking import Asked, Asker
from service.evaluation.bounds import Resamples
from service.evaluation.calibration import await_calibration
from service.evaluation.enrichment import await_enrichment
from service.evaluation.errors import EvaluationError
from service.evaluation.facts import CatalogFacts, catalog_facts, confirmed_queries
from service.evaluation.figures import figures
from service.evaluation.machine import Machine, this_machine
from service.evaluation.manifest import read_folder, read_photo_set
from service.evaluation.options import Options
from service.evaluation.outcomes import Outcomes, outcomes
from service.evaluation.progress import Progress, silent
from service.evaluation.queries import Kind, Plan, Query, drawn, plan_folder
from service.evaluation.report import Gallery, Model, Report, count_asked, dropped_stages, latency
from service.evaluation.scratch import CATALOG, fill_gallery, scratch_settings
from service.evaluation.sheet import Mistake, draw_mistakes
from service.recognition.channels import ALL, Channel
from service.recognition.verdict.calibration import Answered
from service.settings import Settings

ChannelSets = Sequence[frozenset[Channel]]
OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]

DEFAULT: Final[ChannelSets] = (ALL,)
ABLATION: Final[ChannelSets] = (
    ALL,
    frozenset({Channel.IMAGE}),
    frozenset({Channel.SURFACE}),
    frozenset({Channel.SURFACE, Channel.GEOMETRY}),
)
"""All channels, and those that can propose candidates, alone and checked."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A report and what its page is drawn from. ``outcomes`` are of the reported channels, then of the others.

    ``asked``: the answers themselves, so that figures of some of the photos can be had without asking again;
    ``rehearsed``: those about the catalog's own pictures, that its verdicts were fitted on.
    """

    report: Report
    outcomes: tuple[Outcomes, ...]
    mistakes: list[Mistake]
    asked: tuple[Asked, ...] = ()
    rehearsed: tuple[Answered, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Run:
    options: Options
    channel_sets: ChannelSets
    progress: Progress
    sheet: bool
    opened: OpenServices
    machine: Machine


def evaluate(
    options: Options,
    settings: Settings,
    *,
    channel_sets: ChannelSets = DEFAULT,
    progress: Progress = silent,
    sheet: bool = False,
    opened: OpenServices = open_services,
    scratch: Settings | None = None,
) -> Evaluation:
    """Ask the photos of a folder of a scratch catalog, or a catalog's confirmed photos of that catalog.

    The first set of all channels, or else the first one, is reported in full, the others beside it. ``settings`` name
    the database where ``options.catalog`` is given. ``sheet``: gather the pictures of the worst mistakes too.
    ``opened`` opens the services of settings. ``scratch``: settings of an empty, migrated database to fill in place of
    one that is made and removed here.

    Raises:
        EvaluationError: what was given cannot be evaluated.

    """
    first = ALL if ALL in channel_sets else channel_sets[0]
    ordered = [first, *(channels for channels in dict.fromkeys(channel_sets) if channels != first)]
    run = _Run(
        options=options,
        channel_sets=ordered,
        progress=progress,
        sheet=sheet,
        opened=opened,
        machine=this_machine(),
    )
    try:
        if options.catalog is not None:
            return asyncio.run(_evaluate_catalog(run, settings))
        plan = _plan(options)
        with nullcontext(scratch) if scratch else scratch_settings(settings) as empty:
            return asyncio.run(_evaluate_folder(run, plan, empty))
    except CatalogError as error:
        raise EvaluationError(str(error)) from error


def _plan(options: Options) -> Plan:
    if options.folder is None:
        raise EvaluationError("give a folder of labelled pictures, or a catalog of the database")
    return plan_folder(
        read_photo_set(Path(options.folder)),
        references=options.references,
        group=options.group,
        leave_out=options.leave_out,
        strangers=read_folder(Path(options.strangers)) if options.strangers else (),
        distractors=read_folder(Path(options.distractors)) if options.distractors else (),
        together=options.together,
        typed=options.typed,
        most_queries=options.limit_queries,
        seed=options.seed,
    )


async def _evaluate_folder(run: _Run, plan: Plan, settings: Settings) -> Evaluation:
    async with run.opened(settings) as parts:
        problems = await fill_gallery(parts, plan.gallery, run.progress)
        distractors = sum(product.distractor for product in plan.gallery)
        facts = await _facts(parts, CATALOG)
        queries = [_settled(query, facts.part_numbers) for query in plan.queries]
        plan = replace(plan, queries=tuple(queries))
        return await _ask(run, parts, CATALOG, facts, plan, distractors=distractors, problems=problems)


async def _evaluate_catalog(run: _Run, settings: Settings) -> Evaluation:
    name = run.options.catalog or ""
    async with run.opened(settings) as parts:
        facts = await _facts(parts, name)
        async with parts.database.read() as session:
            queries = await confirmed_queries(session, await find_catalog(session, name), facts.part_numbers)
        if not queries:
            raise EvaluationError(f"catalog {name!r} has no confirmed lookup whose photo was kept")
        queries = drawn(queries, run.options.limit_queries, np.random.default_rng(run.options.seed))
        plan = Plan(gallery=(), queries=tuple(queries))
        return await _ask(run, parts, name, facts, plan, distractors=0, problems=[])


async def _facts(parts: Services, catalog_name: str) -> CatalogFacts:
    async with parts.database.read() as session:
        return await catalog_facts(session, await find_catalog(session, catalog_name))


def _settled(query: Query, part_numbers: frozenset[str]) -> Query:
    """A product none of whose references could be read is not there to be found."""
    if query.kind is Kind.PRESENT and query.part_number not in part_numbers:
        return replace(query, kind=Kind.LEFT_OUT)
    return query


async def _ask(
    run: _Run,
    parts: Services,
    catalog_name: str,
    facts: CatalogFacts,
    plan: Plan,
    *,
    distractors: int,
    problems: list[str],
) -> Evaluation:
    async with parts.database.read() as session:
        gallery = await live_gallery(session, await find_catalog(session, catalog_name), parts.space)
    problems += await await_enrichment(parts, gallery.catalog_id, run.progress)
    if parts.indexes is not None:
        await parts.indexes.loaded(gallery.catalog_id)
    rehearsed = await await_calibration(parts, gallery.catalog_id, run.progress)
    options = run.options
    asker = Asker(parts, gallery, run.channel_sets, rotate=options.rotate, ask_again=options.ask_again)
    asked, failures = await asker.ask_all(plan.queries, run.progress)
    if not asked:
        raise EvaluationError(f"not one photo could be answered: {failures[0]}")
    found = [outcomes(asked, at) for at in range(len(run.channel_sets))]
    resamples = Resamples.draw(len(set(found[0].clusters.tolist())), run.options.seed)
    names = [sorted(channel.value for channel in channels) for channels in run.channel_sets]
    report = Report(
        queries=count_asked(asked, len(failures)),
        products=_gallery(facts, plan, asked, distractors),
        figures=figures(found[0], resamples),
        latency_ms=latency(asked),
        dropped=dropped_stages(asked),
        channels=names[0],
        ablation=[
            compare(found[0], other, channels, resamples) for other, channels in zip(found[1:], names[1:], strict=True)
        ],
        machine=run.machine,
        bundle=_model(parts),
        vocabulary=parts.surface.vocabulary if parts.surface else None,
        options=run.options,
        seed=run.options.seed,
        notes=plan.notes + _silent_channels(parts, run.channel_sets),
        problems=problems + failures,
    )
    mistakes = await draw_mistakes(parts, gallery.catalog_id, asker, asked) if run.sheet else []
    return Evaluation(
        report=report, outcomes=tuple(found), mistakes=mistakes, asked=tuple(asked), rehearsed=tuple(rehearsed)
    )


def _silent_channels(parts: Services, channel_sets: ChannelSets) -> list[str]:
    if parts.surface is not None or not any(channels - {Channel.IMAGE} for channels in channel_sets):
        return []
    return ["surfaces are not described here: of the channels only image could answer"]


def _gallery(facts: CatalogFacts, plan: Plan, asked: Sequence[Asked], distractors: int) -> Gallery:
    return Gallery(
        total=len(facts.part_numbers),
        references=facts.references,
        distractors=distractors,
        left_out=len(plan.left_out),
        asked=len({one.query.cluster for one in asked if one.query.kind is not Kind.STRANGER}),
    )


def _model(parts: Services) -> Model:
    engine = parts.engine
    return Model(name=engine.name, identity=engine.identity, precision=engine.precision, provider=engine.provider)
