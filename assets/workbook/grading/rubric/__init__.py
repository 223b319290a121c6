"""What each exercise is worth, and on what its answers are tried."""
