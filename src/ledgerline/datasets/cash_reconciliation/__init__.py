"""Money at providers against the books, charge by charge and file by file: D5."""
