"""Payments: the truth about money between us and payment providers.

Owns ``psp_account``, ``payment_method``, ``instrument``, ``payment``, ``attempt``,
``attempt_evidence``, ``refund``, ``refund_line``, ``refund_draw``, ``psp_event`` and
``money_exception``. Holds: at most one live attempt per payment, at most one live payment per
invoice and purpose, an attempt ends only with evidence, an unknown attempt blocks everything else.
Emits ``payment.*``, ``attempt.*`` and ``refund.*``.
"""
