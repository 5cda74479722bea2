"""Overrides Golem's retry policy for a block, and restores it only when the block succeeds. A file to copy."""

from datetime import timedelta
from math import isfinite
from types import TracebackType

from wit_world.imports.host import RetryPolicy, get_retry_policy, set_retry_policy


class retry_policy:
    """Overrides the retry policy inside a `with` block.

    Golem decides by the policy that is in force when the worker fails. So an exception that leaves the block leaves the override in
    force. Catch exceptions inside the block: one that is caught outside leaves the override in force for later calls, too.
    Blocks nest, and the innermost open one decides. A policy can be a constant that several blocks use.

    max_attempts: retries after the first execution, 0 to 4294967295. Golem executes at most max_attempts + 1 times.
    min_delay, max_delay: the first and the longest wait, 0 to about 584 years. Golem 1.2 uses min_delay twice.
    multiplier: each wait is the one before times this, 0 or more. Golem 1.2 drops the fraction.
    max_jitter_factor: 0 to 1, where 0.1 is up to 10 %. Golem 1.2 drops it from a policy that a component sets.

    Raises TypeError or ValueError that names the field, its value and what is allowed.
    """

    def __init__(
        self,
        *,
        max_attempts: int,
        min_delay: timedelta,
        max_delay: timedelta,
        multiplier: float,
        max_jitter_factor: float | None = None,
    ) -> None:
        if max_jitter_factor is not None:
            max_jitter_factor = _number("max_jitter_factor", max_jitter_factor, 1, "a number from 0 to 1, 0.1 being up to 10 %")
        self._policy = RetryPolicy(
            max_attempts=_whole("max_attempts", max_attempts, 2**32 - 1),
            min_delay=_nanoseconds("min_delay", min_delay),
            max_delay=_nanoseconds("max_delay", max_delay),
            multiplier=_number("multiplier", multiplier, float("inf"), "a finite number, 0 or more"),
            max_jitter_factor=max_jitter_factor,
        )
        self._previous: list[RetryPolicy] = []

    def __enter__(self) -> None:
        self._previous.append(get_retry_policy())
        set_retry_policy(self._policy)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        previous = self._previous.pop()
        if kind is None:
            set_retry_policy(previous)


def _whole(field: str, value: int, most: int) -> int:
    allowed = f"a whole number from 0 to {most}"
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"retry_policy: {field} is {value!r}; allowed: {allowed}")
    if not 0 <= value <= most:
        raise ValueError(f"retry_policy: {field} is {value!r}; allowed: {allowed}")
    return value


def _number(field: str, value: float, most: float, allowed: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"retry_policy: {field} is {value!r}; allowed: {allowed}")
    if not (isfinite(value) and 0 <= value <= most):
        raise ValueError(f"retry_policy: {field} is {value!r}; allowed: {allowed}")
    return float(value)


def _nanoseconds(field: str, value: timedelta) -> int:
    allowed = f"a timedelta, such as timedelta(seconds=2), from 0 to {2**64 - 1} ns"
    if not isinstance(value, timedelta):
        raise TypeError(f"retry_policy: {field} is {value!r}; allowed: {allowed}")
    nanoseconds = value // timedelta(microseconds=1) * 1000
    if not 0 <= nanoseconds < 2**64:
        raise ValueError(f"retry_policy: {field} is {value!r}; allowed: {allowed}")
    return nanoseconds
