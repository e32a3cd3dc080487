"""Card fields: a form on the simulator's own origin, as real providers have, that gives a token.

A shop shows it in a frame (``?origin=``) and is told the token by ``postMessage``, or sends its
buyer to it (``?back=``) and gets the token with the way back. Only numbers of ``CARDS`` are taken:
each stands for one behavior, and nobody types a real card into a simulator.
"""
