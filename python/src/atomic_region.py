"""Runs a block again when the worker fails in it. A file to copy; read its limit first."""

from types import TracebackType

from wit_world.imports.host import mark_begin_operation, mark_end_operation


class atomic_region:
    """Opens an atomic region, and closes it only when the `with` block succeeds.

    Golem executes an open region again, where it otherwise replays the recorded failure. Don't catch an exception outside the block:
    the region stays open, and each later recovery starts from it.

    The limit: Golem 1.2 doesn't count these executions. It repeats the block every min_delay until the block succeeds, whatever
    max_attempts says. Meanwhile the worker refuses calls, and it can't be interrupted or deleted. Use it for work that is sure to
    succeed some time, or count the executions in wasi:keyvalue and return when there were enough.
    """

    def __enter__(self) -> None:
        self._begin = mark_begin_operation()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            mark_end_operation(self._begin)
