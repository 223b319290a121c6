"""One notebook: made anew, run cell by cell, its outputs bounded."""
