"""Read the result of a query over a connection, through a cursor that stays on the server."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.errors import RejectedBatch
from ringfence.readers.header import checked_names
from ringfence.readers.row import CELL_LIMIT, Row, RowFault, no_rows
from ringfence.readers.text import flatten

if TYPE_CHECKING:
    import psycopg

FETCH_ROWS = 5000


def read_table(
    connection: str | psycopg.Connection[Any],
    query: str,
    needed: Collection[str] = (),
    *,
    name: str = "query",
) -> Iterator[Row]:
    """Yield the query's rows as text; `name` stands for it in errors (a connection id).

    A URL is opened here, read-only and in UTC; a connection is used in the caller's transaction.
    Raises RejectedBatch.
    """
    import psycopg

    try:
        if isinstance(connection, str):
            options = "-c default_transaction_read_only=on -c timezone=UTC"
            opened: Any = psycopg.connect(connection, options=options)
        else:
            opened = nullcontext(connection)
        with opened as session, session.cursor(name="ringfence_source") as cursor:
            cursor.itersize = FETCH_ROWS
            cursor.execute(query)
            yield from _rows(cursor, needed, Path(name))
    except psycopg.Error as error:
        # The server's own text may quote a value, so only its class and state are passed on.
        state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
        raise RejectedBatch(
            f"The query could not be read: {type(error).__name__}{state}.",
            code="table_unreadable",
            where=name,
            remedy="run the register's `delivery.query` by hand over the same connection",
        ) from None


def _rows(cursor: Any, needed: Collection[str], where: Path) -> Iterator[Row]:
    names: tuple[str, ...] = ()
    number = 0
    for number, values in enumerate(cursor, start=1):
        if not names:
            names = checked_names([column.name for column in cursor.description], (), where)
        yield _row(number, dict(zip(names, values, strict=True)))
    checked_names([column.name for column in cursor.description], needed, where)
    if number == 0:
        raise no_rows(where)


def _row(number: int, values: dict[str, Any]) -> Row:
    try:
        cells = flatten(values)
    except UnicodeDecodeError:
        return Row(number, {}, RowFault.BAD_ENCODING)
    if any(len(cell) > CELL_LIMIT for cell in cells.values()):
        return Row(number, {}, RowFault.CELL_TOO_LARGE)
    return Row(number, cells)
