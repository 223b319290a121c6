"""Wrong answers, and right ones in another style, lesson by lesson."""
