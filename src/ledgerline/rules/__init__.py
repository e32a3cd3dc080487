"""Rules that need several contexts: they take rows and values and return what to write.

A rule of one context lives in that context. These may import the rows, models and rules of every
context below; they read nothing, ask no clock and draw no chance.
"""
