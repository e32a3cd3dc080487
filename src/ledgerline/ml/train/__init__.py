"""Training: logs of decisions to artefacts. No table is owned and no event is told.

Deterministic: the same rows in the same order give the same artefact, byte for byte, on one
platform. Nothing here is loaded by what serves or works.
"""
