"""What is written when a batch is done."""
