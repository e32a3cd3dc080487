"""Payments: the truth about money between us and payment providers.

Owns ``psp_account``, ``routing_policy``, ``network_limit``, ``scheme_rule``, ``payment_method``,
``instrument``, ``mandate``, ``mandate_fact``, ``payment_setup``, ``default_method``, ``payment``,
``debit_notice``, ``attempt``, ``attempt_authentication``, ``attempt_evidence``, ``retry_plan``,
``payment_notice``, ``card_notice``, ``decision``, ``model_switch``, ``model_fault``,
``model_tally``, ``model_feature``, ``model_belief``, ``retry_model``, ``router_cursor``,
``router_delta``, ``router_share``, ``router_snapshot``,
``refund``, ``refund_line``, ``refund_withheld``, ``refund_draw``, ``evidence_proposal``,
``refund_proposal``, ``dispute``, ``dispute_fact``, ``dispute_draw``, ``dispute_evidence``,
``dispute_policy``, ``psp_event`` and ``money_exception``. Holds: at most one live attempt per
payment, at most one live payment per invoice and purpose, an attempt ends only with evidence,
people's evidence is that of two, an unknown attempt blocks everything else, every attempt that is
sent has the decision that chose its account, a retry plan is only ever tightened, a payer is told
each thing once, an outcome teaches models once, a fact of a dispute moves money once, a set-up
charges nothing and gives a method only when its provider says so, a mandate stands where its facts
lead in whatever order they came, a debit that is ours to announce is sent on a notice of its amount
and day. Emits ``payment.*``, ``payment_method_setup.*``, ``attempt.*``, ``refund.*``, ``dispute.*``
and ``mandate.*``.
"""
