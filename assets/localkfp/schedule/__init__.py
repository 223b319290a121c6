"""When a recurring run is due, and what its parameters then say. Pure: the caller has the clock."""
