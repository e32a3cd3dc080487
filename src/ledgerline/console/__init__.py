"""The pages of those who work here: who pays what and why, and what people may do about it.

Owns no table and emits no event. A page is a view over the same rules and read models as the API;
an act is the same flow, under an idempotency key that the form was rendered with, in the name of
whoever is signed in. ``addresses`` says which role opens what. What does not exist has no screen.
"""
