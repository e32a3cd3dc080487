"""Sandbox: what people ask of a sandbox's clock and of its simulated providers.

Owns ``sandbox_instruction`` and emits no event. Holds: one thing is asked for at a time, and
nothing where business is in real time. A page cannot reach the simulator; whoever can carries out
what is asked, and says how far it is.
"""
