"""What providers keep of charges, read out of their settlement lines; and what was not agreed.

``lines`` says what is read, ``tariff`` what a contract may be, ``fitting`` finds the one that lines
follow, ``tiers`` the sums of a month from which another one holds, ``periods`` the days on which it
changed, ``contracts`` puts it together, ``claims`` names lines that are dearer than agreed,
``foreseen`` says how well fees are told before they are kept; ``released`` reads the lines of a
release, ``artefact`` writes contracts down. What leaves is whole numbers: ppm, millionths of a
minor unit, minor units. The ledger knows nothing of it: fees are posted from settlement lines
alone. By numpy (extra ``ml``). No table, no event. Decision 0080.
"""
