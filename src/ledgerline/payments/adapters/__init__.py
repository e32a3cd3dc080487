"""Adapters to payment providers: the gateway does the I/O, connectors only build and read.

One package per provider; only ``composition`` chooses among them. A connector raises for nothing
that a provider can send: what it does not understand is *unknown*.
"""
