"""Documents: what they say, that they are the same every time, and that they keep to PDF/A."""
