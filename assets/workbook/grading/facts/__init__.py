"""What is known of submissions, lessons and results."""
