"""Facts: what was extracted, deduplicated and put in months; data sets read nothing else."""
