"""Unusual answers: right ones in another style, and wrong ones that look like right ones."""
