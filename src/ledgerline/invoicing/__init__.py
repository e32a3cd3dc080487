"""Invoicing: the legal claim, its lines, its corrections and their gapless numbers.

Owns ``invoice``, ``invoice_line``, ``allocation``, ``credit_note``, ``line_credit``,
``number_series``, ``series_template``, ``numbering_queue``, ``document_number``, ``document_body``,
``retention_key``, ``einvoice_check``, ``bill_run``, ``billing_pause`` and ``bill_parked``. Holds: a
service instant of an item is billed once; while billing is paused no run bills; an issued invoice
never changes but for its state; credits never exceed their line; numbers of a series run from 1
without a gap, each sealed with what its document says and with the number before it.
Emits ``invoice.issued``, ``invoice.paid``, ``invoice.voided``, ``invoice.written_off`` and
``credit_note.issued``.
"""
