"""What wakes workers of imports, wherever they run: procrastinate, on the database that we have anyway.

Only a wake-up, never the truth: a task that is lost, or comes twice, changes nothing, because workers look for work by
themselves every few seconds. Tasks have no locks: a queueing lock would refuse a second import while the first one's
task waits, and one on the sweep would keep it from what a killed process left behind.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import CONNECT_SECONDS
from service.jobs.background import tell
from service.tasks import stop

QUEUE: Final = "imports"
WAKE: Final = "photocode.imports.wake"
SWEEP: Final = "photocode.imports.sweep"
SWEEP_CRON: Final = "*/10 * * * *"
AGAIN_SECONDS: Final = 5.0
STALLED_SECONDS: Final = 60
POLL_SECONDS: Final = 30.0
CONNECTIONS: Final = 2
_PATIENCE: Final[dict[str, Any]] = {"timeout": CONNECT_SECONDS, "kwargs": {"connect_timeout": CONNECT_SECONDS}}


async def call_workers(session: AsyncSession) -> None:
    """Wake a worker, somewhere, when the session's transaction has been committed."""
    connection = await (await session.connection()).get_raw_connection()
    # Connects to nothing by itself: the call is made by the transaction that makes the work.
    app = App(connector=PsycopgConnector())
    await app.configure_task(WAKE, queue=QUEUE, connection=connection.driver_connection).defer_async()


class WakeUp:
    """Listens for calls, and looks after what imports leave behind."""

    def __init__(self, database_url: str, *, wake: Callable[[], None], tidy: Callable[[], Awaitable[None]]) -> None:
        """``wake`` is told that there is work; ``tidy`` now and then, in one process of all."""
        self._url = database_url
        self._wake = wake
        self._tidy = tidy
        self._log = structlog.get_logger("photocode.queue")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the block runs."""
        task = asyncio.create_task(self._supervise(), name="wake-up")
        try:
            yield
        finally:
            await stop(task)

    async def _supervise(self) -> None:
        """The queue's own worker ends when its connection does, or a task of its own: then it is begun again."""
        while True:
            try:
                await self._listen()
            except (ConnectorException, psycopg.Error, PoolTimeout) as error:
                self._log.warning("nobody wakes imports; trying again", reason=str(error).split("\n")[0])
            except Exception as error:
                tell(self._log, "nobody wakes imports; trying again", error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        pool = AsyncConnectionPool(
            self._url,
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            check=AsyncConnectionPool.check_connection,
            **_PATIENCE,
        )
        app = App(connector=PsycopgConnector())
        app.task(name=WAKE, queue=QUEUE)(self._woken)
        app.periodic(cron=SWEEP_CRON)(app.task(name=SWEEP, queue=QUEUE, pass_context=True)(self._sweep))
        try:
            await pool.open(wait=True, timeout=CONNECT_SECONDS)
            async with app.open_async(pool):
                await app.run_worker_async(
                    queues=[QUEUE],
                    delete_jobs=DeleteJobCondition.ALWAYS.value,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=1.0,
                    fetch_job_polling_interval=POLL_SECONDS,
                    abort_job_polling_interval=POLL_SECONDS,
                )
        finally:
            # The queue's own pool would stay open where it is stopped while it is being opened.
            await pool.close()

    async def _woken(self) -> None:
        self._wake()

    async def _sweep(self, context: Any, timestamp: int) -> None:
        """Calls that a killed process had taken are made again, and uploads that nobody needs are dropped."""
        manager = context.app.job_manager
        for stalled in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_SECONDS):
            await manager.retry_job(stalled)
        await self._tidy()
        self._log.debug("swept", timestamp=timestamp)
