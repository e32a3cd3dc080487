"""Worlds of fees, for judging who reads contracts out of settlement lines: no code of a reader.

A world draws what accounts agreed to keep of a charge and what they kept, which is sometimes more.
Parameters are drawn per seed; draws are by entity.
"""
