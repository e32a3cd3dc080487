"""Worlds of customers who stay or leave, of their own will or by not paying, and of offers.

Written before and apart from the models that are judged by them. Drawn by customer, never by
arrival, so that whatever is done to some changes nothing of the luck of others. Needs numpy, which
the extra ``ml`` of the platform brings; the simulated providers do not load it.
"""
