"""What is shown of a thing, as facts: facts and files in, facts out. No HTTP, no store."""
