"""Pure pricing: portions of a period, priced lines, credits."""
