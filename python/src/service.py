"""Stands in for an order service that is down at first. No retry of a worker resets its count, which is in wasi:keyvalue."""

from wit_world.imports import eventual
from wit_world.imports.types import Bucket, OutgoingValue


def place_order(order: str, failures: int) -> int:
    """Sends one request. Returns its number, and raises while the service fails its first requests."""
    number = requests(order) + 1
    value = OutgoingValue.new_outgoing_value()
    value.outgoing_value_write_body_sync(str(number).encode())
    eventual.set(Bucket.open_bucket("orders"), order, value)
    if number <= failures:
        raise Exception(f"the service answered 503 to request {number}")
    return number


def requests(order: str) -> int:
    """Counts the requests for an order so far."""
    value = eventual.get(Bucket.open_bucket("orders"), order)
    return int(value.incoming_value_consume_sync()) if value else 0
