"""Who pays at the close of each day, who came and who went: D10."""
