"""The fact of what customers of each cohort brought and cost, month by month."""
