"""What another policy would have earned, by the log of choices that were made; or a refusal.

``log`` holds decisions with the probabilities by which they were drawn, ``known`` lets in only
what was known when they were made, ``estimates`` weighs their outcomes for another policy,
``intervals`` says how certain that is, ``refusals`` says when the log cannot answer, and
``answers`` puts it together; ``released`` reads the log of a release. Computed by numpy, which the
extra ``ml`` names and the extra ``data`` brings with it: nothing that serves or decides imports
this. No table, no event. Decision 0070 says what is chosen here and why.
"""
