"""What came of failed renewals within 7, 14 and 28 days, by week: the summary of D13."""
