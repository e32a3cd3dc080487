"""Payments: the truth about money between us and payment providers.

Owns ``psp_account``, ``routing_policy``, ``payment_method``, ``instrument``, ``payment``,
``attempt``, ``attempt_authentication``, ``attempt_evidence``, ``decision``, ``refund``,
``refund_line``, ``refund_draw``, ``psp_event`` and ``money_exception``. Holds: at most one live
attempt per payment, at most one live payment per invoice and purpose, an attempt ends only with
evidence, an unknown attempt blocks everything else, every attempt that is sent has the decision
that chose its account. Emits ``payment.*``, ``attempt.*`` and ``refund.*``.
"""
