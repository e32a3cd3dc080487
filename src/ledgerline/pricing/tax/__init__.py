"""Tax: which rate holds on which day, and how it is rounded into whole minor units."""
