"""Customers who can pay, and the request with which one of them buys."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg

from bench.stage import Stage, complete, new_id
from ledgerline.base.http import HttpClient, Reply, Within
from ledgerline.base.ids import BUCKETS, PREFIXES, Bucket, encode

PLAN = "individual_monthly"
PATH = "/v1/purchases"
COMPLETED = 201
DEADLINE_SECONDS = 60.0


class Buyer(NamedTuple):
    """A customer with a payment method."""

    bucket: Bucket
    customer_id: UUID
    payment_method_id: UUID


def seed_buyers(stage: Stage, count: int, *, at: datetime) -> list[Buyer]:
    """Add customers over all buckets; nothing else on the stage changes."""
    buyers = []
    for n in range(count):
        bucket = Bucket(n * 2_654_435_761 % BUCKETS)
        buyers.append(Buyer(bucket, new_id(at, bucket), new_id(at, bucket)))
    with psycopg.connect(stage.url, autocommit=True) as connection:
        cursor = connection.cursor()
        with cursor.copy(
            "COPY customer (bucket, id, market_code, zone, locale, version, created_at) FROM STDIN"
        ) as copy:
            for one in buyers:
                copy.write_row((one.bucket, one.customer_id, "DE", "Europe/Berlin", "de", 1, at))
        with cursor.copy(
            "COPY payment_method (bucket, id, customer_id, brand, last4, version, created_at)"
            " FROM STDIN"
        ) as copy:
            for one in buyers:
                copy.write_row(
                    (one.bucket, one.payment_method_id, one.customer_id, "visa", "4242", 1, at)
                )
        complete(connection)
        connection.execute("ANALYZE customer, payment_method")
    return buyers


def headers_of(buyer: Buyer, api_key: str) -> list[tuple[str, str]]:
    """Return the headers of a purchase: its idempotency key is the buyer's own."""
    return [
        ("Authorization", f"Bearer {api_key}"),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", f"buy-{buyer.customer_id}"),
    ]


def body_of(buyer: Buyer) -> bytes:
    """Return the body of a purchase."""
    return json.dumps(
        {
            "customer": encode(PREFIXES["customer"], buyer.customer_id),
            "plan": PLAN,
            "payment_method": encode(PREFIXES["payment_method"], buyer.payment_method_id),
            "trial": False,
        }
    ).encode()


@dataclass(frozen=True, slots=True)
class Shop:
    """The platform as buyers see it: the addresses of its API, and a key to it."""

    http: HttpClient
    addresses: list[str]
    api_key: str

    async def buy(self, number: int, buyer: Buyer) -> None:
        """Buy and expect that it is done when the answer comes."""
        reply = await self.http.send(
            self.addresses[number % len(self.addresses)] + PATH,
            method="POST",
            headers=headers_of(buyer, self.api_key),
            body=body_of(buyer),
            within=Within(DEADLINE_SECONDS),
            in_flight="shop",
        )
        assert isinstance(reply, Reply), reply
        assert reply.status == COMPLETED, reply
