"""What every answer over HTTP has in common: who may ask, and how an error becomes one."""
