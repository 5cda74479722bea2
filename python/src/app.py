"""Golem's retry policy from Python: as documented, what decides, and what runs the work again."""

import json
from datetime import timedelta

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.host import RetryPolicy, get_retry_policy, set_retry_policy

import service
from atomic_region import atomic_region
from retry_policy import retry_policy
from service import place_order

second = 1_000_000_000
patient = retry_policy(max_attempts=5, min_delay=timedelta(seconds=0.2), max_delay=timedelta(seconds=0.2), multiplier=1)
strict = retry_policy(max_attempts=1, min_delay=timedelta(seconds=0.3), max_delay=timedelta(seconds=0.3), multiplier=1)


class Api(exports.Api):
    def as_printed(self, order: str, failures: int) -> int:
        old = get_retry_policy()
        try:
            set_retry_policy(RetryPolicy(max_attempts=10, min_delay=second, max_delay=second, multiplier=1))
            return place_order(order, failures)
        finally:
            set_retry_policy(old)

    def as_documented(self, order: str, failures: int) -> int:
        old = get_retry_policy()
        try:
            set_retry_policy(RetryPolicy(10, min_delay=second, max_delay=second, multiplier=1, max_jitter_factor=None))
            return place_order(order, failures)
        finally:
            set_retry_policy(old)  # runs before the exception leaves the function, and Golem decides only then

    def decides(self, order: str, failures: int) -> int:
        with patient:
            return place_order(order, failures)

    def nested(self, order: str, failing: str) -> int:
        failures = {failing: 99}
        with patient:
            place_order(f"{order}/reserve", failures.get("reserve", 0))
            with strict:
                place_order(f"{order}/pay", failures.get("pay", 0))
            return place_order(f"{order}/ship", failures.get("ship", 0))

    def configured(self, order: str, failures: int, policy: str) -> int:
        fields = json.loads(policy)
        for name in ("min_delay", "max_delay"):
            if isinstance(fields.get(name), (int, float)):
                fields[name] = timedelta(seconds=fields[name])
        try:
            override = retry_policy(**fields)
        except (TypeError, ValueError) as error:
            raise Err(str(error))
        with override:
            return place_order(order, failures)

    def runs_again(self, order: str, failures: int) -> int:
        with patient, atomic_region():
            return place_order(order, failures)

    def requests(self, order: str) -> int:
        return service.requests(order)
