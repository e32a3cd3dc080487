"""What is learned: models that order what rules allow. Nothing here decides about money.

Floats live in here only; what leaves is whole numbers: probabilities in ppm. Rules and flows do
not import this package: a score reaches them as an argument, and none is the same as no model.
No table is owned and no event is told.
"""
