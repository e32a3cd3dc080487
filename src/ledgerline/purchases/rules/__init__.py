"""Pure decisions of purchases."""
