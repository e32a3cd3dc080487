"""Worlds of approval for judging choices of merchant accounts: no policy, and no code of one.

A world says how likely each account approves each payment at each instant, draws what came of a
choice, and says when that is known. Parameters are drawn per seed; draws are by entity, so two
policies in one world meet the same payments, the same luck and the same outages.
"""
