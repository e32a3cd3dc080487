"""Pools of connections that lose none when tasks are canceled."""

import asyncio

from psycopg_pool import AsyncConnectionPool
from typing_extensions import override

from ledgerline.base.pipelines import Connection


class Pool(AsyncConnectionPool[Connection]):
    """The driver's pool, whose connections come back whoever is canceled meanwhile.

    A task that gives its connection back waits for the lock of the pool when others are at it.
    The driver's pool (3.3.3) forgets the connection if the task is canceled there, still counts
    it, and so never opens another: after ``max_size`` such moments a process gets no connection
    any more. Giving back is therefore a task of its own, which nobody cancels.
    """

    @override
    async def putconn(self, conn: Connection) -> None:
        """Give back a connection; it is given back even when the caller is canceled."""
        await asyncio.shield(asyncio.create_task(super().putconn(conn)))
