"""Two at once: whichever order they run in, the books say the same."""
