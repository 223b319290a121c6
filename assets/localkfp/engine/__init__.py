"""What happens next in a run. Pure: no clock, no process, no file."""
