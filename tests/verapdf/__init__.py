"""The independent validator of PDF/A and PDF/UA, run on documents of every kind."""
